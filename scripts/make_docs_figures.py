"""Write docs/seven-words.md from the tables of the seven figures; with ``--check`` only say whether it is current."""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "seven-words.md"
sys.path.insert(0, str(ROOT))

from core.messages import render  # noqa: E402 (the checkout is the import path)
from core.tables import load_table  # noqa: E402
from forms.loader import load_catalogue  # noqa: E402
from validation.seven_words import WORDS, PartDefinition, part_definitions, word_code  # noqa: E402

HEAD = """\
# Bảy chữ, bảy con số · Seven words, seven figures

Trang này do `scripts/make_docs_figures.py` lập từ `resources/facts/seven_words.csv` và `update_cycles.csv`; đừng sửa tay.
*Written by `scripts/make_docs_figures.py` from these two tables; do not edit it by hand.*

“Đúng, đủ, sạch, sống, thống nhất, liên thông, dùng chung” là lời của văn bản; cách đo là đề xuất của chương trình, không phải
quy định. *The words are those of the source documents; how each is measured is this program's proposal, not law.*

Một phần có quy tắc đếm các bản ghi mà không quy tắc nào trong số đó phát hiện gì ở mức nêu; con số của chữ đếm các bản ghi qua
được mọi phần có dấu ●. Các phần khác đếm trong sổ; con số của chữ là tổng các phần có dấu ●. Bản ghi đã hủy không được tính.
Phát hiện được bỏ qua có lý do không tính. *A part with rules counts the records in which none of them finds anything of these
severities, and the word counts the records that pass every part marked ●. Other parts are counted in the register, and the word
is the sum of those marked ●. Neither cancelled records nor waived findings count.*

Con số cuối mỗi ngày được giữ lại và vẽ trên Trang chủ; lệnh `diaba figures` in ra cùng các con số. *The last figures of each day
are kept and drawn on the first page; `diaba figures` prints the same.*
"""


def build_page() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *_words(), "", *_cycles()]) + "\n"


def _words() -> Iterator[str]:
    yield "| | | phần | *part* | quy tắc · *rules* | mức · *severity* |"
    yield "|---|---|---|---|---|---|"
    for word in WORDS:
        name = f"**{render(word_code(word), {}, 'vi')}** · *{render(word_code(word), {}, 'en')}*"
        for item in part_definitions():
            if item.word == word:
                yield f"| {name} | {_part(item)} |"
                name = ""


def _part(item: PartDefinition) -> str:
    rules = "mọi quy tắc · *every rule*" if item.rules == ("*",) else ", ".join(item.rules)
    cells = (
        "●" if item.in_figure else "",
        item.text["vi"],
        f"*{item.text['en']}*",
        rules,
        ", ".join(sorted(item.severities)),
    )
    return " | ".join(cells)


def _cycles() -> Iterator[str]:
    types = load_catalogue().types
    yield "## Chu kỳ cập nhật · *Cycles*"
    yield ""
    yield "Loại không có trong bảng nói về một ngày nhất định (văn bản, lần kiểm tra, sự cố) nên không cũ đi."
    yield "*A type that is not listed tells of one day (a document, an inspection, an incident) and does not grow old.*"
    yield ""
    yield "| loại · *type* | tháng · *months* | cũng làm mới bởi · *also renewed by* |"
    yield "|---|---|---|"
    for row in load_table("update_cycles"):
        kind, by = types[row["type"]], types.get(row["reviewed_by"].partition(".")[0])
        renewed = f"{by.title['vi']} · *{by.title['en']}*" if by else ""
        yield f"| {kind.title['vi']} · *{kind.title['en']}* | {row['months']} | {renewed} |"


def main() -> int:
    """Write the page, or with ``--check`` return 1 when it is not what the tables say."""
    page = build_page()
    if "--check" in sys.argv:
        return int(not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page)
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
