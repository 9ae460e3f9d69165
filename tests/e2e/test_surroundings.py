#!/usr/bin/env python3
"""The command in surroundings that people have: no locale, closed standard
streams, a deleted working folder, another gnuplot's terminal, a Mac's files."""

import os
import pathlib
import shutil
import subprocess

from e2e import (BAD_INPUT, arguments, iomodels, main, need_gnuplot,
                 need_server, require, server_options)

OLDER = pathlib.Path(__file__).parent.parent / "results" / "older"


def program():
    return os.path.abspath(arguments.iomodels)


def shell(script, *words, cwd=None):
    """What a shell script that starts the program does and says."""
    return subprocess.run(["bash", "-c", script, "-", program(), *words],
                          cwd=cwd, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, check=False)


def case_without_a_locale(scratch):
    """Wine decodes file names by the locale: this folder's has letters."""
    need_server()
    server = scratch / "iomodels-server.exe"
    shutil.copy(arguments.server, server)
    options = server_options()
    options[options.index("--server") + 1] = str(server)
    done = shell('unset LC_ALL LC_CTYPE LANG; exec "$@"', "models", *options)
    require(done.returncode == 0 and "iocp" in done.stdout, str(done))


def case_closed_streams(_):
    """Nothing else takes the place of a closed standard output."""
    for closed in ">&-", "<&- >&-":
        done = shell(f'exec "$1" table "$2" {closed}', str(OLDER))
        require(done.returncode == BAD_INPUT
                and "standard output" in done.stderr, f"{closed}: {done}")


def case_deleted_folder(scratch):
    gone = scratch / "gone"
    gone.mkdir()
    done = shell('cd "$2" && rmdir "$2" && exec "$1" table "$3"', str(gone),
                 str(OLDER.resolve()))
    require(done.returncode == 0 and "iocp" in done.stdout, str(done))
    page = scratch / "page.html"
    gone.mkdir()
    need_gnuplot()
    done = shell('cd "$2" && rmdir "$2" && exec "$1" report "$3" --output "$4"',
                 str(gone), str(OLDER.resolve()), str(page))
    require(done.returncode == 0 and page.exists(), str(done))


def case_another_terminal_of_gnuplot(scratch):
    need_gnuplot()
    iomodels("plot", OLDER, "--output", scratch / "charts",
             environment={"GNUTERM": "nosuchterminal"})
    require(list((scratch / "charts").glob("*.png")), "no picture")


def case_names_that_begin_with_a_dot(scratch):
    """A Mac leaves ._NAME beside each file on a share or stick."""
    folder = scratch / "records"
    shutil.copytree(OLDER, folder)
    for path in list(folder.glob("*.json")):
        (folder / f"._{path.name}").write_bytes(b"\0\5\26\7Mac OS X")
    require(iomodels("table", folder).stdout
            == iomodels("table", OLDER).stdout, "the table differs")


if __name__ == "__main__":
    main(globals())
