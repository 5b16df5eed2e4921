// Original file: proto/kvtide/v1/worker.proto


export interface TreeNode {
  'level'?: (number);
  'index'?: (number | string);
}

export interface TreeNode__Output {
  'level': (number);
  'index': (number);
}
