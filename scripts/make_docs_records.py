"""Writes docs/records.md from the catalogue; with ``--check`` only says whether it is current."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from forms.catalogue import COMMUNES, FORMER_COMMUNES, Catalogue  # noqa: E402 (the checkout is the import path)
from forms.choices import ChoiceList  # noqa: E402
from forms.loader import load_catalogue  # noqa: E402
from forms.model import AnyField, RecordType, ReferenceField, TextField  # noqa: E402

TARGET = ROOT / "docs" / "records.md"
STRENGTHS = {"save": "lưu · save", "approve": "duyệt · approve", "complete": "đủ · complete"}
STATUSES = {
    "official": "chính thức · official",
    "internal": "nội bộ · internal",
    "legacy": "cũ · legacy",
    "unverified": "chưa đối chiếu, không chọn được · unverified, not selectable",
}
BUILT = {
    COMMUNES: "Các xã, phường, đặc khu hiện hành (QĐ 19/2025/QĐ-TTg và các nghị quyết sau đó). · Today's communes.",
    FORMER_COMMUNES: "Các xã, phường, thị trấn đến ngày 30/6/2025 (NSO, Bảng chuyển đổi 01/7/2025). · The communes until "
    "30 June 2025.",
}
HEADINGS = (
    "| Khóa · Key | Trường · Field | Kiểu · Type | Đơn vị · Unit | Giới hạn · Range | Danh mục, nguồn · List, origin "
    "| Bắt buộc · Required | TT 16 | Căn cứ · Legal source |"
)
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
        parts += ["\n".join(_describe_type(catalogue, record_type)) for record_type in catalogue.types_of(group.key)]
    parts.append("## Danh mục · Code lists\n")
    parts += ["\n".join(_describe_list(catalogue, key)) for key in sorted(catalogue.choices)]
    return "\n".join(parts)


def _describe_type(catalogue: Catalogue, record_type: RecordType) -> Iterator[str]:
    yield f"### {record_type.title['vi']} · {record_type.title['en']} (`{record_type.id}`)\n"
    yield from _describe_facts(catalogue, record_type)
    yield ""
    for tab in record_type.tabs:
        for section in record_type.sections_of(tab.key):
            fields = list(record_type.fields_of(section.key))
            if not fields:
                continue
            place = f"{tab.label['vi']} › {section.label['vi']} · {tab.label['en']} › {section.label['en']}"
            yield f"**{place}**\n"
            yield HEADINGS
            yield "|---" * HEADINGS.count(" | ") + "|---|"
            yield from (_row(_describe_field(record_type, field)) for field in fields)
            yield ""


def _describe_facts(catalogue: Catalogue, record_type: RecordType) -> Iterator[str]:
    """Yield what holds of the type as a whole, a line each."""
    yield f"- Mã loại · Type code: `{record_type.code}`; phiên bản · version {record_type.version}"
    needless = "" if record_type.geometry_required else " (không bắt buộc · optional)"
    yield f"- Hình học · Geometry: {', '.join(record_type.geometry) or 'không có · none'}{needless}"
    if record_type.tt16_classes:
        yield f"- TT 16/2025/TT-BXD: {_codes(record_type.tt16_classes)}"
    if record_type.legal:
        yield f"- Căn cứ · Legal source: {record_type.legal}"
    yield f"- Tên hiển thị · Title from: {_codes(record_type.title_fields)}"
    if record_type.identity:
        yield f"- Nhận biết trùng · Identity: {_codes(record_type.identity)}"
    if record_type.dated_by:
        yield f"- Ngày của bản ghi · Day of the record: `{record_type.dated_by}`"
    if record_type.append_only:
        yield "- Chỉ thêm, không sửa, không xóa · Only added, never changed or deleted"
    if children := catalogue.children_of(record_type.id):
        yield f"- Bảng con · Child tables: {', '.join(f'`{child}.{field}`' for child, field in children)}"


def _codes(keys: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _describe_field(record_type: RecordType, field: AnyField) -> tuple[str, ...]:
    label = f"{field.label['vi']} · {field.label['en']}"
    if field.help:
        label += f"<br>*{field.help['vi']} · {field.help['en']}*"
    return (
        f"`{field.key}`",
        label,
        field.type + (", giữ giá trị · carried" if field.carry else ""),
        field.unit or "",
        _describe_range(field),
        _describe_origin(field),
        _describe_requirement(field),
        f"`{field.tt16}`" if field.tt16 and record_type.tt16_classes else "",
        field.legal or "",
    )


def _describe_range(field: AnyField) -> str:
    """Return the limits of a number, or what a text must look like."""
    low, high = getattr(field, "minimum", None), getattr(field, "maximum", None)
    if low is not None or high is not None:
        return f"{'' if low is None else f'{low:.10g}'}…{'' if high is None else f'{high:.10g}'}"
    if pattern := getattr(field, "pattern", None):
        return f"`{pattern}`"
    return f"≤ {field.max_length} ký tự · characters" if isinstance(field, TextField) else ""


def _describe_origin(field: AnyField) -> str:
    """Return the list or the records a value comes from, or how it comes about."""
    parts = []
    if choices := getattr(field, "choices", None):
        parts.append(f"[{choices}](#{choices})")
    if isinstance(field, ReferenceField):
        parts.append("→ " + _codes(field.target) + (" (bảng con · child)" if field.child else ""))
    if field.computed:
        parts.append(f"= `{field.computed}`")
    if field.default:
        parts.append(f"mặc định · default `{field.default}`")
    return "; ".join(parts)


def _describe_requirement(field: AnyField) -> str:
    parts = []
    if field.required is not None:
        parts.append(STRENGTHS[field.required] + (f", `{field.required_when}`" if field.required_when else ""))
    if field.visible_when:
        parts.append(f"hiện khi · shown when `{field.visible_when}`")
    return "; ".join(parts)


def _describe_list(catalogue: Catalogue, key: str) -> Iterator[str]:
    yield f'<a id="{key}"></a>\n\n### `{key}`\n'
    if key in BUILT:
        yield f"{BUILT[key]}\n"
        return
    yield from _describe_codes(catalogue.choices[key])
    yield ""


def _describe_codes(choices: ChoiceList) -> Iterator[str]:
    yield "| Mã · Code | Tên | Name | Hiệu lực · Validity | Màu · Colour | Tình trạng · Status | Nguồn · Source |"
    yield "|---|---|---|---|---|---|---|"
    for item in choices:
        validity = f"{item.valid_from or ''}…{item.valid_to or ''}" if item.valid_from or item.valid_to else ""
        words = (f"`{item.code}`", item.label["vi"], item.label["en"])
        yield _row((*words, validity, item.color or "", STATUSES[item.status], item.source))


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
