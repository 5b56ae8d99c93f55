"""The checklist as the officer's fingers know it."""

from __future__ import annotations

from tests_widgets_tools import Bench, burst, settle

from tthc_tui.core.events import PaperForm
from tthc_tui.widgets.checklist import CheckLine, Checklist, PaperState

LINES = [
    CheckLine("form", "Tờ khai đăng ký khai sinh", needed=True, originals=1),
    CheckLine(
        "birth",
        "Giấy chứng sinh",
        full="Giấy chứng sinh do cơ sở y tế cấp",
        needed=True,
        originals=1,
        one_of="s",
    ),
    CheckLine("witness", "Văn bản của người làm chứng", needed=True, originals=1, one_of="s"),
    CheckLine("power", "Văn bản ủy quyền (nếu ủy quyền)", needed=False, originals=1),
    CheckLine("home", "Giấy tờ chứng minh nơi cư trú", needed=True, database="CSDL quốc gia về dân cư"),
    CheckLine("card", "Căn cước", kind="present", needed=True),
    CheckLine("hint", "Lưu ý: bản chụp kèm bản chính", kind="note"),
]


def text(papers: Checklist) -> list[str]:
    return [papers.render_line(y).text.rstrip() for y in range(papers.size.height)]


async def test_it_looks_like_the_picture() -> None:
    papers = Checklist(LINES)
    async with Bench(papers).run_test(size=(80, 24)) as pilot:
        await burst(pilot, "1")
        lines = text(papers)
        assert [lines[0].split("  ")[1], *lines[0].split()[-3:]] == ["Thành phần hồ sơ", "Yêu", "cầu", "Nhận"]
        assert lines[1].startswith("> 1 [x] Tờ khai đăng ký khai sinh")
        assert lines[1].split("  ")[-1].strip() == "1 chính"
        assert lines[4].startswith("  4 [ ] Văn bản ủy quyền (nếu ủy quyền)")
        assert lines[5].startswith("  5 [·] Giấy tờ chứng minh nơi cư trú")
        assert "khai thác từ CSDL quốc gia về dân cư" in lines[5]
        assert "xuất trình" in lines[6]
        assert not any("Lưu ý" in line for line in lines)


async def test_digits_tick_and_missing_knows_alternatives_and_databases() -> None:
    papers = Checklist(LINES)
    app = Bench(papers)
    async with app.run_test() as pilot:
        assert [line.id for line in papers.missing()] == ["form", "birth", "card"]
        await burst(pilot, "13")
        assert [line.id for line in papers.missing()] == ["card"]
        await burst(pilot, "6")
        assert papers.missing() == []
        assert papers.state()["card"].form is PaperForm.SHOWN
        await burst(pilot, "1")
        assert [line.id for line in papers.missing()] == ["form"]
        assert app.of(Checklist.Changed)[-1].state["witness"].ticked


async def test_zero_is_line_ten_and_lines_beyond_are_reached_by_hand() -> None:
    papers = Checklist([CheckLine(str(n), f"Giấy {n}") for n in range(1, 13)])
    async with Bench(papers).run_test() as pilot:
        await burst(pilot, "0", "<down>", "<down>", "<space>")
        assert [key for key, state in papers.state().items() if state.ticked] == ["10", "12"]


async def test_a_paper_from_a_database_is_not_demanded_and_says_why() -> None:
    papers = Checklist(LINES)
    app = Bench(papers)
    async with app.run_test() as pilot:
        await burst(pilot, "5", "f", "+")
        assert not papers.state()["home"].ticked
        assert "CSDL quốc gia về dân cư" in app.of(Checklist.Blocked)[-1].reason


async def test_form_and_count() -> None:
    papers = Checklist(LINES)
    async with Bench(papers).run_test() as pilot:
        await burst(pilot, "1f")
        assert papers.state()["form"] == PaperState(True, PaperForm.COPY, 1)
        papers.action_count(1)
        papers.action_count(1)
        papers.action_count(-1)
        await burst(pilot, "f")
        assert papers.state()["form"] == PaperState(True, PaperForm.CERTIFIED, 2)
        assert "2 chứng thực" in text(papers)[1]


async def test_whole_text_and_notes_on_request() -> None:
    papers = Checklist(LINES)
    async with Bench(papers).run_test() as pilot:
        await burst(pilot, "<down>", "<enter>")
        assert any("do cơ sở y tế cấp" in line for line in text(papers))
        await burst(pilot, "<left>", "n")
        assert not any("do cơ sở y tế cấp" in line for line in text(papers))
        assert any("Lưu ý" in line for line in text(papers))
        await burst(pilot, "<end>", "<space>")
        assert not papers.state()["hint"].ticked


async def test_another_case_keeps_ticks_of_papers_both_ask_for() -> None:
    papers = Checklist(LINES)
    async with Bench(papers).run_test() as pilot:
        await burst(pilot, "12")
        papers.set_lines([LINES[0], CheckLine("new", "Giấy tờ khác", needed=True)])
        await settle(pilot)
        assert papers.state()["form"].ticked
        assert [line.id for line in papers.missing()] == ["new"]


async def test_groups_stand_together_under_their_heading() -> None:
    papers = Checklist(
        [
            CheckLine("a", "A", group="Giấy tờ phải nộp"),
            CheckLine("b", "B", group="Giấy tờ xuất trình"),
            CheckLine("c", "C", group="Giấy tờ phải nộp"),
        ]
    )
    async with Bench(papers).run_test(size=(20, 5)) as pilot:
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert [line.strip().split(" [")[0] for line in text(papers)[1:6]] == [
            "Giấy tờ phải nộp",
            "> 1",
            "2",
            "Giấy tờ xuất trình",
            "3",
        ]


async def test_papers_that_need_scrolling_lose_no_line_to_a_second_scrollbar() -> None:
    papers = Checklist()
    async with Bench(papers).run_test(size=(80, 6)) as pilot:
        papers.set_lines([CheckLine(str(at), f"Giấy tờ {at}") for at in range(9)])
        await settle(pilot)
        assert papers.scrollable_content_region.size == (79, 6)
