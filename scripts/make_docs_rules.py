"""Write docs/rules.md from the rules themselves.

Run from a checkout: ``.venv/bin/python scripts/make_docs_rules.py``; with ``--check`` nothing is written and the exit code
is 1 when the page is not what the rules say. Running it twice writes the same bytes.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "rules.md"
sys.path.insert(0, str(ROOT))

from core.messages import Language, load_messages  # noqa: E402 (the checkout must be on the path first)
from core.tables import load_table  # noqa: E402
from forms.catalogue import Catalogue  # noqa: E402
from forms.loader import load_catalogue  # noqa: E402
from services.fixing import FIXES, fixes_of  # noqa: E402
from validation.delivery import delivery_type  # noqa: E402
from validation.examples import Example, Sample  # noqa: E402
from validation.fixes.needs import need_code  # noqa: E402
from validation.rule import RULES, Moment, Rule, Severity, rule_pack_hash  # noqa: E402
from validation.waivers import why_never  # noqa: E402

SEVERITIES = {
    Severity.ERROR: ("lỗi", "error"),
    Severity.WARNING: ("cảnh báo", "warning"),
    Severity.INFO: ("lưu ý", "info"),
}
MOMENTS = {
    Moment.ENTRY: ("khi nhập từng bản ghi", "while one record is entered"),
    Moment.IMPORT: ("khi nhập tệp", "on import"),
    Moment.APPROVAL: ("trước khi duyệt", "before approval"),
    Moment.PROVINCE: ("tại tỉnh", "at the province"),
    Moment.PACKAGE: ("khi đóng gói và khi tỉnh nhận gói", "when a package is sealed and taken"),
}
FAMILIES = {
    "ADM": ("Đơn vị hành chính", "Administrative units"),
    "CRS": ("Hệ tọa độ", "Coordinate systems"),
    "CRD": ("Bảng tọa độ, diện tích", "Coordinate tables, areas"),
    "GEO": ("Hình học", "Geometry"),
    "TOP": ("Quan hệ không gian", "Topology"),
    "NET": ("Mạng lưới", "Networks"),
    "ATT": ("Thuộc tính", "Attributes"),
    "DOS": ("Hồ sơ quy hoạch", "Planning dossiers"),
    "ENC": ("Chữ và bảng mã", "Letters and encodings"),
    "SRC": ("Nguồn gốc", "Sources"),
    "DRW": ("Bản vẽ quét", "Scanned drawings"),
    "SEC": ("Bí mật nhà nước, dữ liệu cá nhân, an toàn", "State secrets, personal data, safety"),
    "PKG": ("Gói dữ liệu", "Packages"),
}
INTRODUCTION = """\
# Quy tắc kiểm tra · Rules

Trang này do `scripts/make_docs_rules.py` lập từ chính các quy tắc trong `validation/rules`; đừng sửa tay.
*This page is written by `scripts/make_docs_rules.py` from the rules in `validation/rules`; do not edit it by hand.*

Hình trong ví dụ ghi bằng WKT, tính bằng mét từ tâm một xã vuông cạnh 10 km (Xã Bắc Quang, Tuyên Quang).
*Geometry in the examples is WKT in metres from the centre of a square commune of 10 km (Xã Bắc Quang, Tuyên Quang).*

Các quy tắc này chạy như nhau khi nhập liệu, khi nhập tệp, trước khi duyệt và tại tỉnh. **Lỗi** chặn việc duyệt và gửi;
**cảnh báo** và **lưu ý** thì không. Ví dụ của mỗi quy tắc nằm ngay trong quy tắc và được chạy thử trong bộ kiểm thử.
*The same rules run while typing, on import, before approval and at the province. An **error** keeps a record from approval
and from the province; a **warning** and an **info** do not. Each rule holds its own examples, and the tests run them.*

Một phát hiện có thể được bỏ qua có lý do, có tên người và ngày, nếu quy tắc cho phép; lý do đi cùng bản ghi lên tỉnh và hết
hiệu lực khi nội dung đổi. Các quy tắc không được bỏ qua ghi rõ vì sao.
*A finding may be waived with a reason, a person and a date where its rule allows it; the waiver goes with the record to the
province and lapses when content changes. Rules that may not be waived say why.*
"""

UNKNOWN_YET = """\
## Kiểm ở nơi khác · *Checked elsewhere*

Một số quy tắc trong danh mục công bố được bảo đảm trước khi có bản ghi hoặc gói để kiểm. Các quy tắc về cả gói (`PKG`, SEC-05)
chạy trên những gì đã biết: bốn mắt (PKG-03), báo cáo quý (PKG-04, PKG-06) và tuổi của bản sao lưu (SEC-05) chưa có nơi ghi nhận
trong sổ, nên tạm thời không có phát hiện.
*Some rules of the published list are seen to before there is a record or a package to check. The rules about a package as a
whole run on what is known: four eyes (PKG-03), the quarter's report (PKG-04, PKG-06) and the age of the backup (SEC-05) are
not kept in a workspace yet, and until then find nothing.*
"""
OWN_TOLERANCES = """\
Đơn vị có thể đặt giá trị riêng trong giới hạn cho phép, bằng tệp `tolerances/*.csv` trong gói danh mục; `diaba tolerances SỔ`
liệt kê các giá trị đang dùng. Giá trị riêng nằm trong mã băm của bộ quy tắc, và máy chủ của tỉnh dùng cùng gói.
*An office may set its own value within the limits, by a file `tolerances/*.csv` in a catalogue pack; `diaba tolerances WORKSPACE`
lists those in force. An office's own values are part of the rule pack's hash, and the gateway is started with the same packs.*"""

_LONGEST_WKT, _VERTICES_SHOWN = 1000, 8  # characters of an example that is shown whole, and what is shown of others


def build_page(catalogue: Catalogue) -> str:
    """Return the whole page."""
    lines = [INTRODUCTION, f"Mã băm của bộ quy tắc · *Rule pack hash*: `{rule_pack_hash()}`", ""]
    lines += ["| | mức độ · *severity* | quy tắc | *rule* |", "|---|---|---|---|"]
    for rule in _rules():
        title = _texts(f"RULE-{rule.id}")
        lines.append(f"| [{rule.id}](#{rule.id.lower()}) | {_severities(rule)} | {title['vi']} | *{title['en']}* |")
    for family, (vi, en) in FAMILIES.items():
        lines += ["", f"## {family} · {vi} · *{en}*"]
        for rule in _rules():
            if rule.id.startswith(family):
                lines += ["", *_describe(rule, catalogue)]
    return "\n".join([*lines, "", *_elsewhere(), "", *_fixes(), "", *_tolerances(), "", *_sources()]) + "\n"


def _rules() -> Iterator[Rule]:
    """Yield the rules family by family."""
    for family in FAMILIES:
        yield from (RULES[rule_id] for rule_id in sorted(RULES) if rule_id.startswith(family))


def _describe(rule: Rule, catalogue: Catalogue) -> Iterator[str]:
    title = _texts(f"RULE-{rule.id}")
    until = f" – {rule.valid_to}" if rule.valid_to else ""
    yield from (f"### {rule.id}", "", f"**{title['vi']}** · *{title['en']}*", "")
    yield f"- Áp dụng · *applies to*: {_scope(rule, catalogue)}"
    yield f"- Khi nào · *when*: {_pairs(MOMENTS[moment] for moment in Moment if moment in rule.moments)}"
    yield f"- Căn cứ · *source*: {_legal(rule)}"
    yield f"- Từ ngày · *from*: {rule.valid_from}{until}; phiên bản · *version* {rule.version}"
    if fixes := fixes_of(rule.id):
        yield f"- Cách sửa · *fixes*: {', '.join(f'[`{item.kind}`](#sua)' for item in fixes)}"
    else:
        need = _texts(need_code(rule.id))
        yield f"- Cách sửa · *fixes*: không tự sửa, {need['vi']} · *none, {need['en']}*"
    yield f"- {_waivers(rule)}"
    if rule.tolerances:
        yield f"- Dung sai · *tolerances*: {', '.join(f'`{key}`' for key in rule.tolerances)}"
    yield ""
    for variant, severity in rule.findings.items():
        code = rule.text_code(variant)
        text = _texts(code)
        yield f"- `{code}` ({' · '.join(SEVERITIES[severity])}): {text['vi']} *{text['en']}*"
    yield ""
    yield from (f"- đạt · *good*: {_example(item)}" for item in rule.good)
    yield from (
        f"- không đạt · *bad*: {_example(item)} → {', '.join(f'`{code}`' for code in item.finds)}" for item in rule.bad
    )


def _waivers(rule: Rule) -> str:
    if rule.waivable:
        return "Được bỏ qua có lý do · *may be waived with a reason*"
    why = why_never(rule.id) or {"vi": "", "en": ""}
    return f"**Không được bỏ qua** · *may not be waived*: {why['vi']} · *{why['en']}*"


def _texts(code: str) -> dict[Language, str]:
    return {language: load_messages()[code][language] for language in ("vi", "en")}


def _severities(rule: Rule) -> str:
    found = set(rule.findings.values())
    return _pairs(SEVERITIES[severity] for severity in Severity if severity in found)


def _pairs(words: Iterable[tuple[str, str]]) -> str:
    chosen = list(words)
    return ", ".join(vi for vi, _ in chosen) + " · *" + ", ".join(en for _, en in chosen) + "*"


def _scope(rule: Rule, catalogue: Catalogue) -> str:
    if rule.scope.covers(delivery_type()) and rule.moments == {Moment.PACKAGE}:
        title = delivery_type().title
        return f"{title['vi']} · *{title['en']}*"
    covered = [item for item in catalogue.types.values() if rule.scope.covers(item)]
    if len(covered) == len(catalogue.types):
        return "mọi loại bản ghi · *every record type*"
    return _pairs((item.title["vi"], item.title["en"]) for item in covered)


def _legal(rule: Rule) -> str:
    sources = {row["key"]: row for row in load_table("legal_sources")}
    return "; ".join(f"[{sources[key]['reference']}](#nguon)" for key in rule.legal)


def _example(item: Example) -> str:
    parts = [f"`{item.type_id}`", *(_sample(one) for one in item.samples)]
    for type_id, samples in item.stored.items():
        parts += [f"kho có · *stored* `{type_id}`", *(_sample(one) for one in samples)]
    parts += [f"xã bên · *neighbour* {code}" for code in item.neighbours]
    return " ; ".join(parts)


def _sample(item: Sample) -> str:
    said = [f"{key}={_value(value)}" for key, value in item.values.items()]
    said += [f"lineage.{key}={_value(value)}" for key, value in item.lineage.items()]
    return f"`{', '.join([*([_shortened(item.wkt)] if item.wkt else []), *said]) or '–'}`"


def _shortened(wkt: str) -> str:
    """Return a geometry as text that a person reads: of very many vertices the first and how many there are."""
    if len(wkt) <= _LONGEST_WKT:
        return wkt
    count = wkt.count(",") + 1
    return f"{','.join(wkt.split(',')[:_VERTICES_SHOWN])}, … {count} đỉnh · vertices"


def _value(value: object) -> str:
    text = str(value)
    return "(uid)" if len(text) == 36 and text.count("-") == 4 else "–" if value is None else text


def _elsewhere() -> Iterator[str]:
    yield from (UNKNOWN_YET, "")
    yield from ("| | mức độ · *severity* | nơi kiểm · *where* | thông báo · *messages* | lý do | *reason* | *test* |",)
    yield "|---|---|---|---|---|---|---|"
    for row in load_table("rules_elsewhere"):
        codes = " ".join(f"`{code}`" for code in row["code"].split())
        severity = " · ".join(SEVERITIES[Severity(row["severity"])])
        yield (
            f"| {row['rule_id']} | {severity} | `{row['where']}` | {codes} "
            f"| {row['vi']} | *{row['en']}* | `{row['test']}` |"
        )


def _fixes() -> Iterator[str]:
    yield from ('<a id="sua"></a>', "", "## Cách sửa · *Fixes*", "")
    yield "Cách sửa chỉ được đưa ra khi đã thử: lỗi mất hẳn và không sinh lỗi mới. Quy tắc không có ở đây cần người xem."
    yield "*A fix is only offered after it was tried out: its finding goes and no new error comes. Rules that are not*"
    yield from ("*named here need a person.*", "", "| | quy tắc · *rules* | cách sửa | *fix* |", "|---|---|---|---|")
    for item in FIXES.values():
        title = _texts(item.code)
        rules = ", ".join(f"[{rule_id}](#{rule_id.lower()})" for rule_id in item.rules if rule_id in RULES)
        yield f"| `{item.kind}` | {rules} | {title['vi']} | *{title['en']}* |"


def _tolerances() -> Iterator[str]:
    yield from ("## Dung sai · *Tolerances*", "", OWN_TOLERANCES, "")
    yield from ("| | quy tắc · *rule* | giá trị · *value* | giới hạn · *limits* | ý nghĩa | *meaning* | *source* |",)
    yield "|---|---|---|---|---|---|---|"
    for row in load_table("tolerances"):
        limits = f"{row['minimum']} … {row['maximum']}"
        yield (
            f"| `{row['key']}` | {row['rule']} | {row['value']} {row['unit']} | {limits} "
            f"| {row['vi']} | *{row['en']}* | {row['source']} |"
        )


def _sources() -> Iterator[str]:
    yield from ('<a id="nguon"></a>', "", "## Căn cứ · *Sources*", "")
    yield from ("| | từ ngày · *from* | nội dung | *what* |", "|---|---|---|---|")
    for row in load_table("legal_sources"):
        yield f"| {row['reference']} | {row['valid_from'] or '–'} | {row['vi']} | *{row['en']}* |"


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` tell whether it is current."""
    page = build_page(load_catalogue())
    if "--check" in arguments:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page else 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
