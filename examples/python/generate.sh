#!/bin/sh
# Makes the message classes in gen/ from the .proto files. They are not committed: what protoc writes has to
# match the protobuf library that is installed. Debian: protobuf-compiler, python3-protobuf, python3-grpcio.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/gen}
mkdir -p "$out"
protoc -I "$here/../../proto" --python_out="$out" \
  kvtide/v1/types.proto kvtide/v1/coordinator.proto kvtide/v1/worker.proto
