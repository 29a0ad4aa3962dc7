import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FACTS = ROOT / "resources" / "facts"
TABLES = (
    "admin_unit_conversion",
    "commune_legacy_axis",
    "communes",
    "coordinate_envelopes",
    "draft_commune_codes",
    "provinces",
    "refused_systems",
    "vn2000_datum",
    "vn2000_zones",
)


def test_every_table_names_its_source_first():
    for name in TABLES:
        assert (FACTS / f"{name}.csv").read_text(encoding="utf-8").startswith("# source: ")


def test_the_script_derives_the_tables_as_they_stand(shared_data, tmp_path):
    environment = {**os.environ, "DIABA_SHARED": str(shared_data.parent)}
    command = [sys.executable, str(ROOT / "scripts" / "make_facts.py"), str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, env=environment, timeout=60)
    for name in TABLES:
        assert (tmp_path / f"{name}.csv").read_bytes() == (FACTS / f"{name}.csv").read_bytes(), name
