"""check.py PROGRAM [FILE]: runs a program built with ThreadSanitizer. Without
FILE it must end with 0 and no report. With FILE it has a race on purpose, and
ThreadSanitizer must report one whose stack goes through that file."""

import os
import re
import subprocess
import sys

program, *where = sys.argv[1:]
env = dict(os.environ, TSAN_OPTIONS="halt_on_error=0:exitcode=66")
result = subprocess.run([program], env=env, capture_output=True, text=True,
                        timeout=100, check=False)
reports = re.findall(r"WARNING: ThreadSanitizer: data race.*?={18}",
                     result.stderr, re.DOTALL)
if where:
    found = [r for r in reports if re.search(rf"\b{where[0]}:\d+", r)]
    if not found:
        sys.exit(f"no race in {where[0]} was reported: {result.stderr}")
    print(f"the race on purpose in {where[0]} was found")
elif result.returncode or "ThreadSanitizer" in result.stderr:
    sys.exit(f"ended with {result.returncode}:\n{result.stderr}")
else:
    print(result.stdout.strip(), "and no race was reported")
