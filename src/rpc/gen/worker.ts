import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AppendLayer as _kvtide_v1_AppendLayer, AppendLayer__Output as _kvtide_v1_AppendLayer__Output } from './kvtide/v1/AppendLayer.js';
import type { AttendLayer as _kvtide_v1_AttendLayer, AttendLayer__Output as _kvtide_v1_AttendLayer__Output } from './kvtide/v1/AttendLayer.js';
import type { AttendQueries as _kvtide_v1_AttendQueries, AttendQueries__Output as _kvtide_v1_AttendQueries__Output } from './kvtide/v1/AttendQueries.js';
import type { AttendRequest as _kvtide_v1_AttendRequest, AttendRequest__Output as _kvtide_v1_AttendRequest__Output } from './kvtide/v1/AttendRequest.js';
import type { AttendResponse as _kvtide_v1_AttendResponse, AttendResponse__Output as _kvtide_v1_AttendResponse__Output } from './kvtide/v1/AttendResponse.js';
import type { AttendedQueries as _kvtide_v1_AttendedQueries, AttendedQueries__Output as _kvtide_v1_AttendedQueries__Output } from './kvtide/v1/AttendedQueries.js';
import type { AttentionMode as _kvtide_v1_AttentionMode, AttentionMode__Output as _kvtide_v1_AttentionMode__Output } from './kvtide/v1/AttentionMode.js';
import type { AttentionRequest as _kvtide_v1_AttentionRequest, AttentionRequest__Output as _kvtide_v1_AttentionRequest__Output } from './kvtide/v1/AttentionRequest.js';
import type { AttentionResponse as _kvtide_v1_AttentionResponse, AttentionResponse__Output as _kvtide_v1_AttentionResponse__Output } from './kvtide/v1/AttentionResponse.js';
import type { BeginTokens as _kvtide_v1_BeginTokens, BeginTokens__Output as _kvtide_v1_BeginTokens__Output } from './kvtide/v1/BeginTokens.js';
import type { BlocksKept as _kvtide_v1_BlocksKept, BlocksKept__Output as _kvtide_v1_BlocksKept__Output } from './kvtide/v1/BlocksKept.js';
import type { ByTier as _kvtide_v1_ByTier, ByTier__Output as _kvtide_v1_ByTier__Output } from './kvtide/v1/ByTier.js';
import type { CopyBlocksRequest as _kvtide_v1_CopyBlocksRequest, CopyBlocksRequest__Output as _kvtide_v1_CopyBlocksRequest__Output } from './kvtide/v1/CopyBlocksRequest.js';
import type { CopyProgress as _kvtide_v1_CopyProgress, CopyProgress__Output as _kvtide_v1_CopyProgress__Output } from './kvtide/v1/CopyProgress.js';
import type { DecodeRequest as _kvtide_v1_DecodeRequest, DecodeRequest__Output as _kvtide_v1_DecodeRequest__Output } from './kvtide/v1/DecodeRequest.js';
import type { DecodeResponse as _kvtide_v1_DecodeResponse, DecodeResponse__Output as _kvtide_v1_DecodeResponse__Output } from './kvtide/v1/DecodeResponse.js';
import type { DropBlocks as _kvtide_v1_DropBlocks, DropBlocks__Output as _kvtide_v1_DropBlocks__Output } from './kvtide/v1/DropBlocks.js';
import type { ExplainRequest as _kvtide_v1_ExplainRequest, ExplainRequest__Output as _kvtide_v1_ExplainRequest__Output } from './kvtide/v1/ExplainRequest.js';
import type { ExplainResponse as _kvtide_v1_ExplainResponse, ExplainResponse__Output as _kvtide_v1_ExplainResponse__Output } from './kvtide/v1/ExplainResponse.js';
import type { FillBlocks as _kvtide_v1_FillBlocks, FillBlocks__Output as _kvtide_v1_FillBlocks__Output } from './kvtide/v1/FillBlocks.js';
import type { FlushRequest as _kvtide_v1_FlushRequest, FlushRequest__Output as _kvtide_v1_FlushRequest__Output } from './kvtide/v1/FlushRequest.js';
import type { FlushResponse as _kvtide_v1_FlushResponse, FlushResponse__Output as _kvtide_v1_FlushResponse__Output } from './kvtide/v1/FlushResponse.js';
import type { Geometry as _kvtide_v1_Geometry, Geometry__Output as _kvtide_v1_Geometry__Output } from './kvtide/v1/Geometry.js';
import type { GetPageRequest as _kvtide_v1_GetPageRequest, GetPageRequest__Output as _kvtide_v1_GetPageRequest__Output } from './kvtide/v1/GetPageRequest.js';
import type { GetPageResponse as _kvtide_v1_GetPageResponse, GetPageResponse__Output as _kvtide_v1_GetPageResponse__Output } from './kvtide/v1/GetPageResponse.js';
import type { HasPagesRequest as _kvtide_v1_HasPagesRequest, HasPagesRequest__Output as _kvtide_v1_HasPagesRequest__Output } from './kvtide/v1/HasPagesRequest.js';
import type { HasPagesResponse as _kvtide_v1_HasPagesResponse, HasPagesResponse__Output as _kvtide_v1_HasPagesResponse__Output } from './kvtide/v1/HasPagesResponse.js';
import type { HeavyHitters as _kvtide_v1_HeavyHitters, HeavyHitters__Output as _kvtide_v1_HeavyHitters__Output } from './kvtide/v1/HeavyHitters.js';
import type { KeepBlocks as _kvtide_v1_KeepBlocks, KeepBlocks__Output as _kvtide_v1_KeepBlocks__Output } from './kvtide/v1/KeepBlocks.js';
import type { LaneOffer as _kvtide_v1_LaneOffer, LaneOffer__Output as _kvtide_v1_LaneOffer__Output } from './kvtide/v1/LaneOffer.js';
import type { LaneStats as _kvtide_v1_LaneStats, LaneStats__Output as _kvtide_v1_LaneStats__Output } from './kvtide/v1/LaneStats.js';
import type { LayerAttended as _kvtide_v1_LayerAttended, LayerAttended__Output as _kvtide_v1_LayerAttended__Output } from './kvtide/v1/LayerAttended.js';
import type { LayerAttention as _kvtide_v1_LayerAttention, LayerAttention__Output as _kvtide_v1_LayerAttention__Output } from './kvtide/v1/LayerAttention.js';
import type { LayerRange as _kvtide_v1_LayerRange, LayerRange__Output as _kvtide_v1_LayerRange__Output } from './kvtide/v1/LayerRange.js';
import type { LinkStats as _kvtide_v1_LinkStats, LinkStats__Output as _kvtide_v1_LinkStats__Output } from './kvtide/v1/LinkStats.js';
import type { MissRatio as _kvtide_v1_MissRatio, MissRatio__Output as _kvtide_v1_MissRatio__Output } from './kvtide/v1/MissRatio.js';
import type { OpenLaneRequest as _kvtide_v1_OpenLaneRequest, OpenLaneRequest__Output as _kvtide_v1_OpenLaneRequest__Output } from './kvtide/v1/OpenLaneRequest.js';
import type { OpenLaneResponse as _kvtide_v1_OpenLaneResponse, OpenLaneResponse__Output as _kvtide_v1_OpenLaneResponse__Output } from './kvtide/v1/OpenLaneResponse.js';
import type { OpenSequence as _kvtide_v1_OpenSequence, OpenSequence__Output as _kvtide_v1_OpenSequence__Output } from './kvtide/v1/OpenSequence.js';
import type { OpenShard as _kvtide_v1_OpenShard, OpenShard__Output as _kvtide_v1_OpenShard__Output } from './kvtide/v1/OpenShard.js';
import type { Opened as _kvtide_v1_Opened, Opened__Output as _kvtide_v1_Opened__Output } from './kvtide/v1/Opened.js';
import type { OpenedAttention as _kvtide_v1_OpenedAttention, OpenedAttention__Output as _kvtide_v1_OpenedAttention__Output } from './kvtide/v1/OpenedAttention.js';
import type { PageEvent as _kvtide_v1_PageEvent, PageEvent__Output as _kvtide_v1_PageEvent__Output } from './kvtide/v1/PageEvent.js';
import type { PageHistory as _kvtide_v1_PageHistory, PageHistory__Output as _kvtide_v1_PageHistory__Output } from './kvtide/v1/PageHistory.js';
import type { PageId as _kvtide_v1_PageId, PageId__Output as _kvtide_v1_PageId__Output } from './kvtide/v1/PageId.js';
import type { Plan as _kvtide_v1_Plan, Plan__Output as _kvtide_v1_Plan__Output } from './kvtide/v1/Plan.js';
import type { PositionResult as _kvtide_v1_PositionResult, PositionResult__Output as _kvtide_v1_PositionResult__Output } from './kvtide/v1/PositionResult.js';
import type { PrefetchBlocksRequest as _kvtide_v1_PrefetchBlocksRequest, PrefetchBlocksRequest__Output as _kvtide_v1_PrefetchBlocksRequest__Output } from './kvtide/v1/PrefetchBlocksRequest.js';
import type { PrefetchBlocksResponse as _kvtide_v1_PrefetchBlocksResponse, PrefetchBlocksResponse__Output as _kvtide_v1_PrefetchBlocksResponse__Output } from './kvtide/v1/PrefetchBlocksResponse.js';
import type { PrefetchStats as _kvtide_v1_PrefetchStats, PrefetchStats__Output as _kvtide_v1_PrefetchStats__Output } from './kvtide/v1/PrefetchStats.js';
import type { PrefixCosts as _kvtide_v1_PrefixCosts, PrefixCosts__Output as _kvtide_v1_PrefixCosts__Output } from './kvtide/v1/PrefixCosts.js';
import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from './kvtide/v1/Protocol.js';
import type { PutPageRequest as _kvtide_v1_PutPageRequest, PutPageRequest__Output as _kvtide_v1_PutPageRequest__Output } from './kvtide/v1/PutPageRequest.js';
import type { PutPageResponse as _kvtide_v1_PutPageResponse, PutPageResponse__Output as _kvtide_v1_PutPageResponse__Output } from './kvtide/v1/PutPageResponse.js';
import type { RemoveBlocksRequest as _kvtide_v1_RemoveBlocksRequest, RemoveBlocksRequest__Output as _kvtide_v1_RemoveBlocksRequest__Output } from './kvtide/v1/RemoveBlocksRequest.js';
import type { RemoveBlocksResponse as _kvtide_v1_RemoveBlocksResponse, RemoveBlocksResponse__Output as _kvtide_v1_RemoveBlocksResponse__Output } from './kvtide/v1/RemoveBlocksResponse.js';
import type { Seek as _kvtide_v1_Seek, Seek__Output as _kvtide_v1_Seek__Output } from './kvtide/v1/Seek.js';
import type { SetPolicyRequest as _kvtide_v1_SetPolicyRequest, SetPolicyRequest__Output as _kvtide_v1_SetPolicyRequest__Output } from './kvtide/v1/SetPolicyRequest.js';
import type { SetPolicyResponse as _kvtide_v1_SetPolicyResponse, SetPolicyResponse__Output as _kvtide_v1_SetPolicyResponse__Output } from './kvtide/v1/SetPolicyResponse.js';
import type { ShadowPolicy as _kvtide_v1_ShadowPolicy, ShadowPolicy__Output as _kvtide_v1_ShadowPolicy__Output } from './kvtide/v1/ShadowPolicy.js';
import type { ShadowWindow as _kvtide_v1_ShadowWindow, ShadowWindow__Output as _kvtide_v1_ShadowWindow__Output } from './kvtide/v1/ShadowWindow.js';
import type { Shadows as _kvtide_v1_Shadows, Shadows__Output as _kvtide_v1_Shadows__Output } from './kvtide/v1/Shadows.js';
import type { ShardPlan as _kvtide_v1_ShardPlan, ShardPlan__Output as _kvtide_v1_ShardPlan__Output } from './kvtide/v1/ShardPlan.js';
import type { SinksAndWindow as _kvtide_v1_SinksAndWindow, SinksAndWindow__Output as _kvtide_v1_SinksAndWindow__Output } from './kvtide/v1/SinksAndWindow.js';
import type { StagePlan as _kvtide_v1_StagePlan, StagePlan__Output as _kvtide_v1_StagePlan__Output } from './kvtide/v1/StagePlan.js';
import type { StageTrace as _kvtide_v1_StageTrace, StageTrace__Output as _kvtide_v1_StageTrace__Output } from './kvtide/v1/StageTrace.js';
import type { StallMs as _kvtide_v1_StallMs, StallMs__Output as _kvtide_v1_StallMs__Output } from './kvtide/v1/StallMs.js';
import type { StatsRequest as _kvtide_v1_StatsRequest, StatsRequest__Output as _kvtide_v1_StatsRequest__Output } from './kvtide/v1/StatsRequest.js';
import type { StatsResponse as _kvtide_v1_StatsResponse, StatsResponse__Output as _kvtide_v1_StatsResponse__Output } from './kvtide/v1/StatsResponse.js';
import type { Step as _kvtide_v1_Step, Step__Output as _kvtide_v1_Step__Output } from './kvtide/v1/Step.js';
import type { StepResult as _kvtide_v1_StepResult, StepResult__Output as _kvtide_v1_StepResult__Output } from './kvtide/v1/StepResult.js';
import type { TensorDigest as _kvtide_v1_TensorDigest, TensorDigest__Output as _kvtide_v1_TensorDigest__Output } from './kvtide/v1/TensorDigest.js';
import type { TierPolicy as _kvtide_v1_TierPolicy, TierPolicy__Output as _kvtide_v1_TierPolicy__Output } from './kvtide/v1/TierPolicy.js';
import type { TierStats as _kvtide_v1_TierStats, TierStats__Output as _kvtide_v1_TierStats__Output } from './kvtide/v1/TierStats.js';
import type { TopPages as _kvtide_v1_TopPages, TopPages__Output as _kvtide_v1_TopPages__Output } from './kvtide/v1/TopPages.js';
import type { TreeNode as _kvtide_v1_TreeNode, TreeNode__Output as _kvtide_v1_TreeNode__Output } from './kvtide/v1/TreeNode.js';
import type { Truncate as _kvtide_v1_Truncate, Truncate__Output as _kvtide_v1_Truncate__Output } from './kvtide/v1/Truncate.js';
import type { WorkerClient as _kvtide_v1_WorkerClient, WorkerDefinition as _kvtide_v1_WorkerDefinition } from './kvtide/v1/Worker.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  kvtide: {
    v1: {
      AppendLayer: MessageTypeDefinition<_kvtide_v1_AppendLayer, _kvtide_v1_AppendLayer__Output>
      AttendLayer: MessageTypeDefinition<_kvtide_v1_AttendLayer, _kvtide_v1_AttendLayer__Output>
      AttendQueries: MessageTypeDefinition<_kvtide_v1_AttendQueries, _kvtide_v1_AttendQueries__Output>
      AttendRequest: MessageTypeDefinition<_kvtide_v1_AttendRequest, _kvtide_v1_AttendRequest__Output>
      AttendResponse: MessageTypeDefinition<_kvtide_v1_AttendResponse, _kvtide_v1_AttendResponse__Output>
      AttendedQueries: MessageTypeDefinition<_kvtide_v1_AttendedQueries, _kvtide_v1_AttendedQueries__Output>
      AttentionMode: MessageTypeDefinition<_kvtide_v1_AttentionMode, _kvtide_v1_AttentionMode__Output>
      AttentionRequest: MessageTypeDefinition<_kvtide_v1_AttentionRequest, _kvtide_v1_AttentionRequest__Output>
      AttentionResponse: MessageTypeDefinition<_kvtide_v1_AttentionResponse, _kvtide_v1_AttentionResponse__Output>
      BeginTokens: MessageTypeDefinition<_kvtide_v1_BeginTokens, _kvtide_v1_BeginTokens__Output>
      BlocksKept: MessageTypeDefinition<_kvtide_v1_BlocksKept, _kvtide_v1_BlocksKept__Output>
      ByTier: MessageTypeDefinition<_kvtide_v1_ByTier, _kvtide_v1_ByTier__Output>
      CopyBlocksRequest: MessageTypeDefinition<_kvtide_v1_CopyBlocksRequest, _kvtide_v1_CopyBlocksRequest__Output>
      CopyProgress: MessageTypeDefinition<_kvtide_v1_CopyProgress, _kvtide_v1_CopyProgress__Output>
      DecodeRequest: MessageTypeDefinition<_kvtide_v1_DecodeRequest, _kvtide_v1_DecodeRequest__Output>
      DecodeResponse: MessageTypeDefinition<_kvtide_v1_DecodeResponse, _kvtide_v1_DecodeResponse__Output>
      DropBlocks: MessageTypeDefinition<_kvtide_v1_DropBlocks, _kvtide_v1_DropBlocks__Output>
      ExplainRequest: MessageTypeDefinition<_kvtide_v1_ExplainRequest, _kvtide_v1_ExplainRequest__Output>
      ExplainResponse: MessageTypeDefinition<_kvtide_v1_ExplainResponse, _kvtide_v1_ExplainResponse__Output>
      FillBlocks: MessageTypeDefinition<_kvtide_v1_FillBlocks, _kvtide_v1_FillBlocks__Output>
      FlushRequest: MessageTypeDefinition<_kvtide_v1_FlushRequest, _kvtide_v1_FlushRequest__Output>
      FlushResponse: MessageTypeDefinition<_kvtide_v1_FlushResponse, _kvtide_v1_FlushResponse__Output>
      Geometry: MessageTypeDefinition<_kvtide_v1_Geometry, _kvtide_v1_Geometry__Output>
      GetPageRequest: MessageTypeDefinition<_kvtide_v1_GetPageRequest, _kvtide_v1_GetPageRequest__Output>
      GetPageResponse: MessageTypeDefinition<_kvtide_v1_GetPageResponse, _kvtide_v1_GetPageResponse__Output>
      HasPagesRequest: MessageTypeDefinition<_kvtide_v1_HasPagesRequest, _kvtide_v1_HasPagesRequest__Output>
      HasPagesResponse: MessageTypeDefinition<_kvtide_v1_HasPagesResponse, _kvtide_v1_HasPagesResponse__Output>
      HeavyHitters: MessageTypeDefinition<_kvtide_v1_HeavyHitters, _kvtide_v1_HeavyHitters__Output>
      KeepBlocks: MessageTypeDefinition<_kvtide_v1_KeepBlocks, _kvtide_v1_KeepBlocks__Output>
      LaneOffer: MessageTypeDefinition<_kvtide_v1_LaneOffer, _kvtide_v1_LaneOffer__Output>
      LaneStats: MessageTypeDefinition<_kvtide_v1_LaneStats, _kvtide_v1_LaneStats__Output>
      LayerAttended: MessageTypeDefinition<_kvtide_v1_LayerAttended, _kvtide_v1_LayerAttended__Output>
      LayerAttention: MessageTypeDefinition<_kvtide_v1_LayerAttention, _kvtide_v1_LayerAttention__Output>
      LayerRange: MessageTypeDefinition<_kvtide_v1_LayerRange, _kvtide_v1_LayerRange__Output>
      LinkStats: MessageTypeDefinition<_kvtide_v1_LinkStats, _kvtide_v1_LinkStats__Output>
      MissRatio: MessageTypeDefinition<_kvtide_v1_MissRatio, _kvtide_v1_MissRatio__Output>
      OpenLaneRequest: MessageTypeDefinition<_kvtide_v1_OpenLaneRequest, _kvtide_v1_OpenLaneRequest__Output>
      OpenLaneResponse: MessageTypeDefinition<_kvtide_v1_OpenLaneResponse, _kvtide_v1_OpenLaneResponse__Output>
      OpenSequence: MessageTypeDefinition<_kvtide_v1_OpenSequence, _kvtide_v1_OpenSequence__Output>
      OpenShard: MessageTypeDefinition<_kvtide_v1_OpenShard, _kvtide_v1_OpenShard__Output>
      Opened: MessageTypeDefinition<_kvtide_v1_Opened, _kvtide_v1_Opened__Output>
      OpenedAttention: MessageTypeDefinition<_kvtide_v1_OpenedAttention, _kvtide_v1_OpenedAttention__Output>
      PageEvent: MessageTypeDefinition<_kvtide_v1_PageEvent, _kvtide_v1_PageEvent__Output>
      PageHistory: MessageTypeDefinition<_kvtide_v1_PageHistory, _kvtide_v1_PageHistory__Output>
      PageId: MessageTypeDefinition<_kvtide_v1_PageId, _kvtide_v1_PageId__Output>
      Plan: MessageTypeDefinition<_kvtide_v1_Plan, _kvtide_v1_Plan__Output>
      PositionResult: MessageTypeDefinition<_kvtide_v1_PositionResult, _kvtide_v1_PositionResult__Output>
      PrefetchBlocksRequest: MessageTypeDefinition<_kvtide_v1_PrefetchBlocksRequest, _kvtide_v1_PrefetchBlocksRequest__Output>
      PrefetchBlocksResponse: MessageTypeDefinition<_kvtide_v1_PrefetchBlocksResponse, _kvtide_v1_PrefetchBlocksResponse__Output>
      PrefetchStats: MessageTypeDefinition<_kvtide_v1_PrefetchStats, _kvtide_v1_PrefetchStats__Output>
      PrefixCosts: MessageTypeDefinition<_kvtide_v1_PrefixCosts, _kvtide_v1_PrefixCosts__Output>
      Protocol: MessageTypeDefinition<_kvtide_v1_Protocol, _kvtide_v1_Protocol__Output>
      PutPageRequest: MessageTypeDefinition<_kvtide_v1_PutPageRequest, _kvtide_v1_PutPageRequest__Output>
      PutPageResponse: MessageTypeDefinition<_kvtide_v1_PutPageResponse, _kvtide_v1_PutPageResponse__Output>
      RemoveBlocksRequest: MessageTypeDefinition<_kvtide_v1_RemoveBlocksRequest, _kvtide_v1_RemoveBlocksRequest__Output>
      RemoveBlocksResponse: MessageTypeDefinition<_kvtide_v1_RemoveBlocksResponse, _kvtide_v1_RemoveBlocksResponse__Output>
      Seek: MessageTypeDefinition<_kvtide_v1_Seek, _kvtide_v1_Seek__Output>
      SetPolicyRequest: MessageTypeDefinition<_kvtide_v1_SetPolicyRequest, _kvtide_v1_SetPolicyRequest__Output>
      SetPolicyResponse: MessageTypeDefinition<_kvtide_v1_SetPolicyResponse, _kvtide_v1_SetPolicyResponse__Output>
      ShadowPolicy: MessageTypeDefinition<_kvtide_v1_ShadowPolicy, _kvtide_v1_ShadowPolicy__Output>
      ShadowWindow: MessageTypeDefinition<_kvtide_v1_ShadowWindow, _kvtide_v1_ShadowWindow__Output>
      Shadows: MessageTypeDefinition<_kvtide_v1_Shadows, _kvtide_v1_Shadows__Output>
      ShardPlan: MessageTypeDefinition<_kvtide_v1_ShardPlan, _kvtide_v1_ShardPlan__Output>
      SinksAndWindow: MessageTypeDefinition<_kvtide_v1_SinksAndWindow, _kvtide_v1_SinksAndWindow__Output>
      StagePlan: MessageTypeDefinition<_kvtide_v1_StagePlan, _kvtide_v1_StagePlan__Output>
      StageTrace: MessageTypeDefinition<_kvtide_v1_StageTrace, _kvtide_v1_StageTrace__Output>
      StallMs: MessageTypeDefinition<_kvtide_v1_StallMs, _kvtide_v1_StallMs__Output>
      StatsRequest: MessageTypeDefinition<_kvtide_v1_StatsRequest, _kvtide_v1_StatsRequest__Output>
      StatsResponse: MessageTypeDefinition<_kvtide_v1_StatsResponse, _kvtide_v1_StatsResponse__Output>
      Step: MessageTypeDefinition<_kvtide_v1_Step, _kvtide_v1_Step__Output>
      StepResult: MessageTypeDefinition<_kvtide_v1_StepResult, _kvtide_v1_StepResult__Output>
      TensorDigest: MessageTypeDefinition<_kvtide_v1_TensorDigest, _kvtide_v1_TensorDigest__Output>
      TierPolicy: MessageTypeDefinition<_kvtide_v1_TierPolicy, _kvtide_v1_TierPolicy__Output>
      TierStats: MessageTypeDefinition<_kvtide_v1_TierStats, _kvtide_v1_TierStats__Output>
      TopPages: MessageTypeDefinition<_kvtide_v1_TopPages, _kvtide_v1_TopPages__Output>
      TreeNode: MessageTypeDefinition<_kvtide_v1_TreeNode, _kvtide_v1_TreeNode__Output>
      Truncate: MessageTypeDefinition<_kvtide_v1_Truncate, _kvtide_v1_Truncate__Output>
      Worker: SubtypeConstructor<typeof grpc.Client, _kvtide_v1_WorkerClient> & { service: _kvtide_v1_WorkerDefinition }
    }
  }
}

