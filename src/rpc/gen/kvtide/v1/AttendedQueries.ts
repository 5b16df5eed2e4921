// Original file: proto/kvtide/v1/worker.proto

import type { TreeNode as _kvtide_v1_TreeNode, TreeNode__Output as _kvtide_v1_TreeNode__Output } from '../../kvtide/v1/TreeNode.js';

export interface AttendedQueries {
  'nodes'?: (_kvtide_v1_TreeNode)[];
  'o'?: (Buffer | Uint8Array | string);
  'lse'?: (Buffer | Uint8Array | string);
  'more'?: (boolean);
}

export interface AttendedQueries__Output {
  'nodes': (_kvtide_v1_TreeNode__Output)[];
  'o': (Buffer);
  'lse': (Buffer);
  'more': (boolean);
}
