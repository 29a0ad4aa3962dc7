"""The profiles that a catalogue pack carries, of drawings and of columns, looked at before it is taken or built."""

from collections.abc import Callable, Mapping

from services.column_profiles import parse_columns
from services.drawing_profiles import parse_profile
from services.profile_texts import is_of_columns, read_profile_text


def check_profiles(files: Mapping[str, bytes]) -> None:
    """Raise ``UserError`` for a file that is no profile, of drawings or of columns."""
    for name, data in files.items():
        text = data.decode("utf-8", "replace")
        parse: Callable[[str, str], object] = parse_profile
        if is_of_columns(read_profile_text(name, text)):
            parse = parse_columns
        parse(name, text)
