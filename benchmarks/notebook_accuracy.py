"""Test accuracy of the preset `notebook` over several seeds.

    python -m benchmarks.notebook_accuracy [--seeds 0 1 2]

Prints one JSON line per seed and one with the median. About four minutes per seed on two cores.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    accuracies = []
    for seed in parser.parse_args().seeds:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "cnn", "train", "--seed", str(seed), "--runs", folder]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        result = json.loads(done.stdout.splitlines()[-1])
        accuracies.append(result["test_accuracy"])
        result.pop("run")
        print(json.dumps({"seed": seed, **result}), flush=True)
    print(json.dumps({"median_test_accuracy": statistics.median(accuracies)}))


if __name__ == "__main__":
    main()
