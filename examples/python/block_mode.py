#!/usr/bin/python3
"""Puts the pages of a made-up prompt, looks them up and gets them back: block_mode.py HOST:PORT [TENANT].

Start a store first, for example: npx kvtide up --kv-config store.json --listen 127.0.0.1:4600
Prints one line of JSON.
"""

import json
import sys

from kvtide_blocks import Blocks


def page(blocks, index, layer):
    """Stands for what an engine computed: any bytes of the right length."""
    pattern = bytes((index * 31 + layer * 7 + at) % 251 for at in range(251))
    k = (pattern * (blocks.half_bytes // 251 + 1))[: blocks.half_bytes]
    return k, bytes(reversed(k))


def main(address, tenant="default"):
    blocks = Blocks(address, tenant=tenant)
    try:
        layers = len(blocks.geometry.layers)
        tokens = list(range(3 * blocks.geometry.block_tokens + 5))  # three whole blocks, and five tokens more
        keys = blocks.keys(tokens)
        ids = [(key, layer) for key in keys for layer in range(layers)]

        before = blocks.get(ids)
        outcomes = blocks.put([(key, layer, index, *page(blocks, index, layer)) for index, key in enumerate(keys) for layer in range(layers)])
        blocks.flush()
        after = blocks.get(ids)
        right = sum(
            after[index * layers + layer] == page(blocks, index, layer) for index in range(len(keys)) for layer in range(layers)
        )
        print(
            json.dumps(
                {
                    "blocks": len(keys),
                    "pages": len(ids),
                    "missesBefore": before.count("miss"),
                    "outcomes": sorted(set(outcomes)),
                    "right": right,
                    "exists": blocks.exists(keys[0], 0),
                    "keys": [key.hex() for key in keys],
                }
            )
        )
        return 0 if right == len(ids) else 1
    finally:
        blocks.close()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: block_mode.py HOST:PORT [TENANT]")
    sys.exit(main(*sys.argv[1:3]))
