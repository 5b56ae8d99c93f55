"""The names of the forms a counter prints (Mẫu 01–07: Circular 03/2025/TT-VPCP) by their ids."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "mau-01": "giấy tiếp nhận hồ sơ và hẹn trả kết quả",
    "mau-02": "phiếu yêu cầu bổ sung, hoàn thiện hồ sơ",
    "mau-03": "phiếu từ chối tiếp nhận giải quyết hồ sơ",
    "mau-04": "phiếu xin lỗi và đề nghị gia hạn",
    "mau-05": "thông báo dừng giải quyết hồ sơ",
    "mau-06": "phiếu kiểm soát quá trình giải quyết hồ sơ",
    "mau-07": "sổ theo dõi hồ sơ",
    "ban-giao": "giấy bàn giao hồ sơ",
    "ban-giao-kq": "phiếu bàn giao kết quả",
    "ban-giao-bc": "phiếu bàn giao kết quả cho bưu chính",
    "chung-thuc": "phiếu chứng thực",
    "phieu-thu": "phiếu thu phí, lệ phí",
    "phieu-chi": "phiếu chi hoàn phí, lệ phí",
    "bang-ke-ca": "bảng kê cuối ca",
}


def form_name(form: str) -> str:
    """The name inside a sentence; the id itself where the form is not known."""
    return _NAMES.get(form, form)


def form_title(form: str, *, numbered: bool = True) -> str:
    """The name as a title, with the number of an official form: "… (Mẫu số 04)"."""
    name = form_name(form)
    number = f" (Mẫu số {form[4:]})" if numbered and form.startswith("mau-") else ""
    return f"{name[:1].upper()}{name[1:]}{number}"
