import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AttentionMode as _kvtide_v1_AttentionMode, AttentionMode__Output as _kvtide_v1_AttentionMode__Output } from './kvtide/v1/AttentionMode.js';
import type { ByTier as _kvtide_v1_ByTier, ByTier__Output as _kvtide_v1_ByTier__Output } from './kvtide/v1/ByTier.js';
import type { Geometry as _kvtide_v1_Geometry, Geometry__Output as _kvtide_v1_Geometry__Output } from './kvtide/v1/Geometry.js';
import type { HeavyHitters as _kvtide_v1_HeavyHitters, HeavyHitters__Output as _kvtide_v1_HeavyHitters__Output } from './kvtide/v1/HeavyHitters.js';
import type { LayerAttention as _kvtide_v1_LayerAttention, LayerAttention__Output as _kvtide_v1_LayerAttention__Output } from './kvtide/v1/LayerAttention.js';
import type { LayerRange as _kvtide_v1_LayerRange, LayerRange__Output as _kvtide_v1_LayerRange__Output } from './kvtide/v1/LayerRange.js';
import type { PageId as _kvtide_v1_PageId, PageId__Output as _kvtide_v1_PageId__Output } from './kvtide/v1/PageId.js';
import type { Plan as _kvtide_v1_Plan, Plan__Output as _kvtide_v1_Plan__Output } from './kvtide/v1/Plan.js';
import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from './kvtide/v1/Protocol.js';
import type { ShardPlan as _kvtide_v1_ShardPlan, ShardPlan__Output as _kvtide_v1_ShardPlan__Output } from './kvtide/v1/ShardPlan.js';
import type { SinksAndWindow as _kvtide_v1_SinksAndWindow, SinksAndWindow__Output as _kvtide_v1_SinksAndWindow__Output } from './kvtide/v1/SinksAndWindow.js';
import type { StagePlan as _kvtide_v1_StagePlan, StagePlan__Output as _kvtide_v1_StagePlan__Output } from './kvtide/v1/StagePlan.js';
import type { TensorDigest as _kvtide_v1_TensorDigest, TensorDigest__Output as _kvtide_v1_TensorDigest__Output } from './kvtide/v1/TensorDigest.js';
import type { TopPages as _kvtide_v1_TopPages, TopPages__Output as _kvtide_v1_TopPages__Output } from './kvtide/v1/TopPages.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  kvtide: {
    v1: {
      AttentionMode: MessageTypeDefinition<_kvtide_v1_AttentionMode, _kvtide_v1_AttentionMode__Output>
      ByTier: MessageTypeDefinition<_kvtide_v1_ByTier, _kvtide_v1_ByTier__Output>
      Geometry: MessageTypeDefinition<_kvtide_v1_Geometry, _kvtide_v1_Geometry__Output>
      HeavyHitters: MessageTypeDefinition<_kvtide_v1_HeavyHitters, _kvtide_v1_HeavyHitters__Output>
      LayerAttention: MessageTypeDefinition<_kvtide_v1_LayerAttention, _kvtide_v1_LayerAttention__Output>
      LayerRange: MessageTypeDefinition<_kvtide_v1_LayerRange, _kvtide_v1_LayerRange__Output>
      PageId: MessageTypeDefinition<_kvtide_v1_PageId, _kvtide_v1_PageId__Output>
      Plan: MessageTypeDefinition<_kvtide_v1_Plan, _kvtide_v1_Plan__Output>
      Protocol: MessageTypeDefinition<_kvtide_v1_Protocol, _kvtide_v1_Protocol__Output>
      ShardPlan: MessageTypeDefinition<_kvtide_v1_ShardPlan, _kvtide_v1_ShardPlan__Output>
      SinksAndWindow: MessageTypeDefinition<_kvtide_v1_SinksAndWindow, _kvtide_v1_SinksAndWindow__Output>
      StagePlan: MessageTypeDefinition<_kvtide_v1_StagePlan, _kvtide_v1_StagePlan__Output>
      TensorDigest: MessageTypeDefinition<_kvtide_v1_TensorDigest, _kvtide_v1_TensorDigest__Output>
      TopPages: MessageTypeDefinition<_kvtide_v1_TopPages, _kvtide_v1_TopPages__Output>
    }
  }
}

