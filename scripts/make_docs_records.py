"""Writes docs/records.md from the catalogue; with ``--check`` only says whether it is current."""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from forms.catalogue import COMMUNES, Catalogue  # noqa: E402 (the checkout is the import path)
from forms.choices import ChoiceList  # noqa: E402
from forms.loader import load_catalogue  # noqa: E402
from forms.model import AnyField, RecordType  # noqa: E402

TARGET = ROOT / "docs" / "records.md"
STRENGTHS = {"save": "lưu · save", "approve": "duyệt · approve", "complete": "đủ · complete"}
STATUSES = {
    "official": "chính thức · official",
    "internal": "nội bộ · internal",
    "legacy": "cũ · legacy",
    "unverified": "chưa đối chiếu, không chọn được · unverified, not selectable",
}
INTRODUCTION = """# Loại bản ghi và danh mục · Record types and code lists

Tệp này được tạo từ `forms/definitions` và `forms/choices` bằng `scripts/make_docs_records.py`; đừng sửa bằng tay.
This file is made from `forms/definitions` and `forms/choices` by `scripts/make_docs_records.py`; not to be edited.

Bắt buộc có ba mức · Required comes in three strengths:

- **lưu · save**: thiếu thì không lưu được · without it there is no record;
- **duyệt · approve**: thiếu thì không duyệt được · without it a record cannot be approved;
- **đủ · complete**: thiếu thì chỉ cảnh báo và tính vào “đủ” · a warning that counts in "complete".

Ngoài các trường dưới đây, mỗi bản ghi có hình học (nếu loại có) và nguồn gốc dữ liệu (tệp, dòng, phương pháp thu nhận,
độ chính xác, hệ tọa độ). · Beside the fields below every record has its geometry (where the type has one) and its
lineage (file, row, capture method, accuracy, coordinate system).
"""


def build_text(catalogue: Catalogue) -> str:
    """Return the whole document."""
    parts = [INTRODUCTION]
    for group in catalogue.groups:
        parts.append(f"## {group.title['vi']} · {group.title['en']}\n")
        parts += ["\n".join(_describe_type(record_type)) for record_type in catalogue.types_of(group.key)]
    parts.append("## Danh mục · Code lists\n")
    parts += ["\n".join(_describe_list(catalogue, key)) for key in sorted(catalogue.choices)]
    return "\n".join(parts)


def _describe_type(record_type: RecordType) -> Iterator[str]:
    yield f"### {record_type.title['vi']} · {record_type.title['en']} (`{record_type.id}`)\n"
    yield f"- Mã loại · Type code: `{record_type.code}`; phiên bản · version {record_type.version}"
    yield f"- Hình học · Geometry: {', '.join(record_type.geometry) or 'không có · none'}"
    if record_type.tt16_class:
        yield f"- TT 16/2025/TT-BXD: `{record_type.tt16_class}`"
    if record_type.legal:
        yield f"- Căn cứ · Legal source: {record_type.legal}"
    yield ""
    for section in record_type.sections:
        yield f"**{section.label['vi']} · {section.label['en']}**\n"
        yield "| Khóa · Key | Trường · Field | Kiểu · Type | Bắt buộc · Required | TT 16 | Căn cứ · Legal source |"
        yield "|---|---|---|---|---|---|"
        for field in record_type.fields_of(section.key):
            cells = (
                f"`{field.key}`",
                f"{field.label['vi']} · {field.label['en']}",
                _describe_kind(field),
                _describe_requirement(field),
                field.tt16 or "",
                field.legal or "",
            )
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        yield ""


def _describe_kind(field: AnyField) -> str:
    """Return type, unit, limits, list or target, and how the value comes about."""
    parts = [field.type, field.unit or ""]
    low, high = getattr(field, "minimum", None), getattr(field, "maximum", None)
    if low is not None or high is not None:
        parts.append(f"[{'' if low is None else f'{low:.10g}'}…{'' if high is None else f'{high:.10g}'}]")
    if choices := getattr(field, "choices", None):
        parts.append(f"[{choices}](#{choices})")
    parts += [f"→ {target}" for target in getattr(field, "target", ())]
    if field.computed:
        parts.append(f"= {field.computed}")
    if field.default:
        parts.append(f"mặc định · default {field.default}")
    return " ".join(part for part in parts if part)


def _describe_requirement(field: AnyField) -> str:
    if field.required is None:
        return ""
    return STRENGTHS[field.required] + (f", `{field.required_when}`" if field.required_when else "")


def _describe_list(catalogue: Catalogue, key: str) -> Iterator[str]:
    yield f'<a id="{key}"></a>\n\n### `{key}`\n'
    if key == COMMUNES:
        yield "Các xã, phường, đặc khu hiện hành (QĐ 19/2025/QĐ-TTg và các nghị quyết sau đó). · Today's communes.\n"
        return
    yield from _describe_codes(catalogue.choices[key])
    yield ""


def _describe_codes(choices: ChoiceList) -> Iterator[str]:
    yield "| Mã · Code | Tên | Name | Tình trạng · Status | Nguồn · Source |"
    yield "|---|---|---|---|---|"
    for item in choices:
        yield f"| `{item.code}` | {item.label['vi']} | {item.label['en']} | {STATUSES[item.status]} | {item.source} |"


def main() -> int:
    """Write the document, or with ``--check`` return 1 when it is not current."""
    text = build_text(load_catalogue())
    if "--check" in sys.argv[1:]:
        return 0 if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text else 1
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
