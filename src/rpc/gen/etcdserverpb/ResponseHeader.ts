// Original file: proto/etcd/v3/kv.proto


export interface ResponseHeader {
  'clusterId'?: (number | string);
  'memberId'?: (number | string);
  'revision'?: (number | string);
  'raftTerm'?: (number | string);
}

export interface ResponseHeader__Output {
  'clusterId': (number);
  'memberId': (number);
  'revision': (number);
  'raftTerm': (number);
}
