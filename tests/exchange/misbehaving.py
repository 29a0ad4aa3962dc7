"""Children that go wrong on purpose; started like the real one, with the request on standard input."""

import os
import signal
import sys
import time

from exchange.frames import read_frame, write_frame


def main() -> None:  # noqa: C901 (one case a misdeed)
    frame = read_frame(sys.stdin.buffer)
    assert frame is not None
    out, request = sys.stdout.buffer, frame[0]
    match request["how"]:
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "hang":
            time.sleep(600)
        case "silent":
            return
        case "noise":
            out.write(b"\x00" * 1_000_000)
        case "liar":
            out.write(b'DBF1\x00\x00\x00\x20{"buffers":[99999999999999999]}  ')
        case "half":
            out.write(b'DBF1\x00\x00\x00\x10{"buffers":[50]}abc')
        case "memory":
            print("std::bad_alloc", file=sys.stderr, flush=True)
            os.abort()
        case "chatter":
            sys.stderr.write("x" * 5_000_000)
            write_frame(out, {"frame": "rows", "value": 1}, [b"abc"])
            write_frame(out, {"frame": "end"})
        case "flood":
            while True:
                write_frame(out, {"frame": "rows"}, [b"\x00" * 1_000_000])
        case "own":
            write_frame(out, {"frame": "error", "class": "UserError", "code": "FILE-UNSAFE", "context": {"part": "x"}})
        case "after":
            write_frame(out, {"frame": "rows", "pid": os.getpid()})
            write_frame(out, {"frame": "end"})
            time.sleep(600)
    out.flush()


if __name__ == "__main__":
    main()
