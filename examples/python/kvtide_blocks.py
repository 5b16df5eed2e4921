"""Block mode of kvtide over gRPC: block keys, lookups, and pages put and fetched by the hash of their prefix.

Needs Debian's python3-grpcio and python3-protobuf, and the message classes that generate.sh makes.
docs/protocol.md has the rules that this file follows.
"""

import hashlib
import hmac
import json
import os
import struct
import sys
import uuid
from urllib.parse import quote

import grpc

sys.path.insert(0, os.environ.get("KVTIDE_STUBS", os.path.join(os.path.dirname(os.path.abspath(__file__)), "gen")))
from kvtide.v1 import coordinator_pb2, types_pb2, worker_pb2  # noqa: E402
from xxh64 import xxh64  # noqa: E402

# One page in one message; an answer of several MiB is beyond gRPC's default.
_OPTIONS = [("grpc.max_receive_message_length", 64 << 20), ("grpc.max_send_message_length", 64 << 20)]
_PROTOCOL = types_pb2.Protocol(major=1, minor=0, build="python example")
_DTYPE_BYTES = {"f32": 4, "f16": 2}


class KvtideError(Exception):
    """What a server answered: `kind` is one of docs/protocol.md's error kinds."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind

    @staticmethod
    def of(error):
        """Servers send kind, message and context as JSON in a trailer; others only a status."""
        for key, value in error.trailing_metadata() or ():
            if key == "kvtide-error-bin":
                sent = json.loads(value)
                return KvtideError(sent["kind"], sent["message"])
        return KvtideError(error.code().name, error.details())


def root_key(secret, tenant, namespace):
    """The parent of every first block of a tenant: 32 bytes."""
    return hmac.new(secret, f"{tenant}\0{namespace}".encode(), hashlib.sha256).digest()


def block_keys(root, tokens, block_tokens):
    """The keys of all whole blocks of a list of token ids; what is left over has none."""
    keys = []
    parent = root
    for end in range(block_tokens, len(tokens) + 1, block_tokens):
        ids = struct.pack(f"<{block_tokens}I", *tokens[end - block_tokens : end])
        parent = hashlib.sha256(parent + ids).digest()
        keys.append(parent)
    return keys


def page_checksum(k, v):
    """8 bytes, big-endian: xxh64 over K, then over V with the first as its seed."""
    return xxh64(v, xxh64(k)).to_bytes(8, "big")


class Blocks:
    """A tenant's pages in one cluster. Simple on purpose: no retries, one gRPC connection a worker."""

    def __init__(self, address, tenant="default", secret=b"", deadline_s=30):
        self._tenant = tenant
        self._secret = secret
        self._deadline_s = deadline_s
        self._channels = {}
        self._address = address
        self.cluster = self._coordinator("Describe", coordinator_pb2.DescribeRequest(protocol=_PROTOCOL), "DescribeResponse")
        if self.cluster.protocol.major != _PROTOCOL.major:
            raise KvtideError("unsupported", f"{address} speaks protocol {self.cluster.protocol.major}")
        if not self.cluster.ready:
            raise KvtideError("unavailable", f"the cluster waits for {self.cluster.waiting_for}")
        self.namespace = self.cluster.namespace
        self.geometry = self.cluster.geometry

    def close(self):
        for channel in self._channels.values():
            channel.close()

    @property
    def half_bytes(self):
        """Bytes of K, and of V, of one page: [kv_heads][block_tokens][head_dim]."""
        shape = self.geometry
        return shape.kv_heads * shape.block_tokens * shape.head_dim * _DTYPE_BYTES[shape.dtype]

    def keys(self, tokens):
        return block_keys(root_key(self._secret, self._tenant, self.namespace), tokens, self.geometry.block_tokens)

    def lookup(self, keys):
        """The longest prefix in blocks that the cluster is believed to hold."""
        question = coordinator_pb2.LookupRequest(namespace=self.namespace, blocks=b"".join(keys))
        return self._coordinator("Lookup", question, "LookupResponse").cached_blocks

    def exists(self, key, layer):
        question = worker_pb2.HasPagesRequest(namespace=self.namespace, pages=[types_pb2.PageId(block=key, layer=layer)])
        answers = (self._call(worker.address, "Worker", "HasPages", question, worker_pb2.HasPagesResponse) for worker in self._workers_of(layer))
        return any(answer.has[0] for answer in answers)

    def put(self, pages):
        """Stores pages (key, layer, block index, K, V); the outcome of each, in order."""

        def question(key, layer, index, k, v):
            page = types_pb2.PageId(block=key, layer=layer)
            return worker_pb2.PutPageRequest(
                protocol=_PROTOCOL, namespace=self.namespace, page=page, checksum=page_checksum(k, v), k=k, v=v, block_index=index
            )

        questions = [(page[1], page[0], question(*page)) for page in pages]
        answers = self._by_worker("PutPages", questions, worker_pb2.PutPageRequest, worker_pb2.PutPageResponse)
        return [answer.outcome for answer in answers]

    def get(self, pages):
        """Fetches pages (key, layer): (K, V) of those that are there and whole, else what came of it."""
        questions = [
            (layer, key, worker_pb2.GetPageRequest(protocol=_PROTOCOL, namespace=self.namespace, page=types_pb2.PageId(block=key, layer=layer)))
            for key, layer in pages
        ]
        found = []
        for answer in self._by_worker("GetPages", questions, worker_pb2.GetPageRequest, worker_pb2.GetPageResponse):
            if answer.outcome != "hit":
                found.append(answer.outcome)
            elif page_checksum(answer.k, answer.v) != answer.checksum:
                found.append("corrupt")  # on the way here
            else:
                found.append((answer.k, answer.v))
        return found

    def flush(self):
        """Returns when all that was stored before would survive a power loss."""
        for worker in self._ready():
            self._call(worker.address, "Worker", "Flush", worker_pb2.FlushRequest(), worker_pb2.FlushResponse)

    def _ready(self):
        return [worker for worker in self.cluster.workers if worker.state == "ready"]

    def _workers_of(self, layer):
        workers = [worker for worker in self._ready() if getattr(worker.layers, "from") <= layer < worker.layers.to]
        if not workers:
            raise KvtideError("unavailable", f"no ready worker has layer {layer}")
        return workers

    def _owner(self, key, layer):
        """Where several workers serve a layer, each block belongs to the one that scores highest."""
        return max(self._workers_of(layer), key=lambda worker: xxh64((key.hex() + worker.worker).encode()))

    def _by_worker(self, method, questions, question_type, answer_type):
        """One stream a worker; answers come in the order of the questions of that stream."""
        answers = [None] * len(questions)
        streams = {}
        for at, (layer, key, question) in enumerate(questions):
            streams.setdefault(self._owner(key, layer).address, []).append((at, question))
        for address, asked in streams.items():
            call = self._channel(address).stream_stream(
                f"/kvtide.v1.Worker/{method}", request_serializer=question_type.SerializeToString, response_deserializer=answer_type.FromString
            )
            try:
                came = call(iter([question for _, question in asked]), timeout=self._deadline_s, metadata=self._metadata())
                for (at, _), answer in zip(asked, came):
                    answers[at] = answer
            except grpc.RpcError as error:
                raise KvtideError.of(error) from error
        return answers

    def _coordinator(self, method, question, answer):
        return self._call(self._address, "Coordinator", method, question, getattr(coordinator_pb2, answer))

    def _call(self, address, service, method, question, answer_type):
        call = self._channel(address).unary_unary(
            f"/kvtide.v1.{service}/{method}", request_serializer=type(question).SerializeToString, response_deserializer=answer_type.FromString
        )
        try:
            return call(question, timeout=self._deadline_s, metadata=self._metadata())
        except grpc.RpcError as error:
            raise KvtideError.of(error) from error

    def _channel(self, address):
        if address not in self._channels:
            self._channels[address] = grpc.insecure_channel(address, options=_OPTIONS)
        return self._channels[address]

    def _metadata(self):
        return (("kvtide-tenant", quote(self._tenant)), ("kvtide-request-id", str(uuid.uuid4())))
