"""What a Python program of the same shape costs [HPERF-6]: `python3 peer.py COMMAND ... --json`.

Only starts the program: modules are kept compiled, the file named on the command line is not.
"""
import sys

from peer_program import main

sys.exit(main(sys.argv[1:]))
