"""Official forms: one data object a form, rendered to terminal, PDF, ESC/POS and text."""
