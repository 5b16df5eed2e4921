import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AttentionMode as _kvtide_v1_AttentionMode, AttentionMode__Output as _kvtide_v1_AttentionMode__Output } from './kvtide/v1/AttentionMode.js';
import type { BlockPlace as _kvtide_v1_BlockPlace, BlockPlace__Output as _kvtide_v1_BlockPlace__Output } from './kvtide/v1/BlockPlace.js';
import type { BlockPlaces as _kvtide_v1_BlockPlaces, BlockPlaces__Output as _kvtide_v1_BlockPlaces__Output } from './kvtide/v1/BlockPlaces.js';
import type { ByTier as _kvtide_v1_ByTier, ByTier__Output as _kvtide_v1_ByTier__Output } from './kvtide/v1/ByTier.js';
import type { CoordinatorClient as _kvtide_v1_CoordinatorClient, CoordinatorDefinition as _kvtide_v1_CoordinatorDefinition } from './kvtide/v1/Coordinator.js';
import type { CreateSequenceRequest as _kvtide_v1_CreateSequenceRequest, CreateSequenceRequest__Output as _kvtide_v1_CreateSequenceRequest__Output } from './kvtide/v1/CreateSequenceRequest.js';
import type { DescribeRequest as _kvtide_v1_DescribeRequest, DescribeRequest__Output as _kvtide_v1_DescribeRequest__Output } from './kvtide/v1/DescribeRequest.js';
import type { DescribeResponse as _kvtide_v1_DescribeResponse, DescribeResponse__Output as _kvtide_v1_DescribeResponse__Output } from './kvtide/v1/DescribeResponse.js';
import type { DrainWorkerRequest as _kvtide_v1_DrainWorkerRequest, DrainWorkerRequest__Output as _kvtide_v1_DrainWorkerRequest__Output } from './kvtide/v1/DrainWorkerRequest.js';
import type { DrainWorkerResponse as _kvtide_v1_DrainWorkerResponse, DrainWorkerResponse__Output as _kvtide_v1_DrainWorkerResponse__Output } from './kvtide/v1/DrainWorkerResponse.js';
import type { ExtendSequenceRequest as _kvtide_v1_ExtendSequenceRequest, ExtendSequenceRequest__Output as _kvtide_v1_ExtendSequenceRequest__Output } from './kvtide/v1/ExtendSequenceRequest.js';
import type { ForkSequenceRequest as _kvtide_v1_ForkSequenceRequest, ForkSequenceRequest__Output as _kvtide_v1_ForkSequenceRequest__Output } from './kvtide/v1/ForkSequenceRequest.js';
import type { Geometry as _kvtide_v1_Geometry, Geometry__Output as _kvtide_v1_Geometry__Output } from './kvtide/v1/Geometry.js';
import type { HeartbeatRequest as _kvtide_v1_HeartbeatRequest, HeartbeatRequest__Output as _kvtide_v1_HeartbeatRequest__Output } from './kvtide/v1/HeartbeatRequest.js';
import type { HeartbeatResponse as _kvtide_v1_HeartbeatResponse, HeartbeatResponse__Output as _kvtide_v1_HeartbeatResponse__Output } from './kvtide/v1/HeartbeatResponse.js';
import type { HeavyHitters as _kvtide_v1_HeavyHitters, HeavyHitters__Output as _kvtide_v1_HeavyHitters__Output } from './kvtide/v1/HeavyHitters.js';
import type { InventoryAck as _kvtide_v1_InventoryAck, InventoryAck__Output as _kvtide_v1_InventoryAck__Output } from './kvtide/v1/InventoryAck.js';
import type { InventoryChange as _kvtide_v1_InventoryChange, InventoryChange__Output as _kvtide_v1_InventoryChange__Output } from './kvtide/v1/InventoryChange.js';
import type { LayerAttention as _kvtide_v1_LayerAttention, LayerAttention__Output as _kvtide_v1_LayerAttention__Output } from './kvtide/v1/LayerAttention.js';
import type { LayerRange as _kvtide_v1_LayerRange, LayerRange__Output as _kvtide_v1_LayerRange__Output } from './kvtide/v1/LayerRange.js';
import type { LeaveRequest as _kvtide_v1_LeaveRequest, LeaveRequest__Output as _kvtide_v1_LeaveRequest__Output } from './kvtide/v1/LeaveRequest.js';
import type { LeaveResponse as _kvtide_v1_LeaveResponse, LeaveResponse__Output as _kvtide_v1_LeaveResponse__Output } from './kvtide/v1/LeaveResponse.js';
import type { LocateRequest as _kvtide_v1_LocateRequest, LocateRequest__Output as _kvtide_v1_LocateRequest__Output } from './kvtide/v1/LocateRequest.js';
import type { LocateResponse as _kvtide_v1_LocateResponse, LocateResponse__Output as _kvtide_v1_LocateResponse__Output } from './kvtide/v1/LocateResponse.js';
import type { LookupRequest as _kvtide_v1_LookupRequest, LookupRequest__Output as _kvtide_v1_LookupRequest__Output } from './kvtide/v1/LookupRequest.js';
import type { LookupResponse as _kvtide_v1_LookupResponse, LookupResponse__Output as _kvtide_v1_LookupResponse__Output } from './kvtide/v1/LookupResponse.js';
import type { MoveBlocksRequest as _kvtide_v1_MoveBlocksRequest, MoveBlocksRequest__Output as _kvtide_v1_MoveBlocksRequest__Output } from './kvtide/v1/MoveBlocksRequest.js';
import type { MoveProgress as _kvtide_v1_MoveProgress, MoveProgress__Output as _kvtide_v1_MoveProgress__Output } from './kvtide/v1/MoveProgress.js';
import type { PageId as _kvtide_v1_PageId, PageId__Output as _kvtide_v1_PageId__Output } from './kvtide/v1/PageId.js';
import type { PinRequest as _kvtide_v1_PinRequest, PinRequest__Output as _kvtide_v1_PinRequest__Output } from './kvtide/v1/PinRequest.js';
import type { PinResponse as _kvtide_v1_PinResponse, PinResponse__Output as _kvtide_v1_PinResponse__Output } from './kvtide/v1/PinResponse.js';
import type { Plan as _kvtide_v1_Plan, Plan__Output as _kvtide_v1_Plan__Output } from './kvtide/v1/Plan.js';
import type { Protocol as _kvtide_v1_Protocol, Protocol__Output as _kvtide_v1_Protocol__Output } from './kvtide/v1/Protocol.js';
import type { ReadyRequest as _kvtide_v1_ReadyRequest, ReadyRequest__Output as _kvtide_v1_ReadyRequest__Output } from './kvtide/v1/ReadyRequest.js';
import type { ReadyResponse as _kvtide_v1_ReadyResponse, ReadyResponse__Output as _kvtide_v1_ReadyResponse__Output } from './kvtide/v1/ReadyResponse.js';
import type { RegisterRequest as _kvtide_v1_RegisterRequest, RegisterRequest__Output as _kvtide_v1_RegisterRequest__Output } from './kvtide/v1/RegisterRequest.js';
import type { RegisterResponse as _kvtide_v1_RegisterResponse, RegisterResponse__Output as _kvtide_v1_RegisterResponse__Output } from './kvtide/v1/RegisterResponse.js';
import type { ReleaseSequenceRequest as _kvtide_v1_ReleaseSequenceRequest, ReleaseSequenceRequest__Output as _kvtide_v1_ReleaseSequenceRequest__Output } from './kvtide/v1/ReleaseSequenceRequest.js';
import type { ReleaseSequenceResponse as _kvtide_v1_ReleaseSequenceResponse, ReleaseSequenceResponse__Output as _kvtide_v1_ReleaseSequenceResponse__Output } from './kvtide/v1/ReleaseSequenceResponse.js';
import type { SequenceResponse as _kvtide_v1_SequenceResponse, SequenceResponse__Output as _kvtide_v1_SequenceResponse__Output } from './kvtide/v1/SequenceResponse.js';
import type { ShardPlan as _kvtide_v1_ShardPlan, ShardPlan__Output as _kvtide_v1_ShardPlan__Output } from './kvtide/v1/ShardPlan.js';
import type { SinksAndWindow as _kvtide_v1_SinksAndWindow, SinksAndWindow__Output as _kvtide_v1_SinksAndWindow__Output } from './kvtide/v1/SinksAndWindow.js';
import type { StagePlan as _kvtide_v1_StagePlan, StagePlan__Output as _kvtide_v1_StagePlan__Output } from './kvtide/v1/StagePlan.js';
import type { StagePrefix as _kvtide_v1_StagePrefix, StagePrefix__Output as _kvtide_v1_StagePrefix__Output } from './kvtide/v1/StagePrefix.js';
import type { StageRoom as _kvtide_v1_StageRoom, StageRoom__Output as _kvtide_v1_StageRoom__Output } from './kvtide/v1/StageRoom.js';
import type { StatusRequest as _kvtide_v1_StatusRequest, StatusRequest__Output as _kvtide_v1_StatusRequest__Output } from './kvtide/v1/StatusRequest.js';
import type { StatusResponse as _kvtide_v1_StatusResponse, StatusResponse__Output as _kvtide_v1_StatusResponse__Output } from './kvtide/v1/StatusResponse.js';
import type { TensorDigest as _kvtide_v1_TensorDigest, TensorDigest__Output as _kvtide_v1_TensorDigest__Output } from './kvtide/v1/TensorDigest.js';
import type { TopPages as _kvtide_v1_TopPages, TopPages__Output as _kvtide_v1_TopPages__Output } from './kvtide/v1/TopPages.js';
import type { TruncateSequenceRequest as _kvtide_v1_TruncateSequenceRequest, TruncateSequenceRequest__Output as _kvtide_v1_TruncateSequenceRequest__Output } from './kvtide/v1/TruncateSequenceRequest.js';
import type { WorkerStatus as _kvtide_v1_WorkerStatus, WorkerStatus__Output as _kvtide_v1_WorkerStatus__Output } from './kvtide/v1/WorkerStatus.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  kvtide: {
    v1: {
      AttentionMode: MessageTypeDefinition<_kvtide_v1_AttentionMode, _kvtide_v1_AttentionMode__Output>
      BlockPlace: MessageTypeDefinition<_kvtide_v1_BlockPlace, _kvtide_v1_BlockPlace__Output>
      BlockPlaces: MessageTypeDefinition<_kvtide_v1_BlockPlaces, _kvtide_v1_BlockPlaces__Output>
      ByTier: MessageTypeDefinition<_kvtide_v1_ByTier, _kvtide_v1_ByTier__Output>
      Coordinator: SubtypeConstructor<typeof grpc.Client, _kvtide_v1_CoordinatorClient> & { service: _kvtide_v1_CoordinatorDefinition }
      CreateSequenceRequest: MessageTypeDefinition<_kvtide_v1_CreateSequenceRequest, _kvtide_v1_CreateSequenceRequest__Output>
      DescribeRequest: MessageTypeDefinition<_kvtide_v1_DescribeRequest, _kvtide_v1_DescribeRequest__Output>
      DescribeResponse: MessageTypeDefinition<_kvtide_v1_DescribeResponse, _kvtide_v1_DescribeResponse__Output>
      DrainWorkerRequest: MessageTypeDefinition<_kvtide_v1_DrainWorkerRequest, _kvtide_v1_DrainWorkerRequest__Output>
      DrainWorkerResponse: MessageTypeDefinition<_kvtide_v1_DrainWorkerResponse, _kvtide_v1_DrainWorkerResponse__Output>
      ExtendSequenceRequest: MessageTypeDefinition<_kvtide_v1_ExtendSequenceRequest, _kvtide_v1_ExtendSequenceRequest__Output>
      ForkSequenceRequest: MessageTypeDefinition<_kvtide_v1_ForkSequenceRequest, _kvtide_v1_ForkSequenceRequest__Output>
      Geometry: MessageTypeDefinition<_kvtide_v1_Geometry, _kvtide_v1_Geometry__Output>
      HeartbeatRequest: MessageTypeDefinition<_kvtide_v1_HeartbeatRequest, _kvtide_v1_HeartbeatRequest__Output>
      HeartbeatResponse: MessageTypeDefinition<_kvtide_v1_HeartbeatResponse, _kvtide_v1_HeartbeatResponse__Output>
      HeavyHitters: MessageTypeDefinition<_kvtide_v1_HeavyHitters, _kvtide_v1_HeavyHitters__Output>
      InventoryAck: MessageTypeDefinition<_kvtide_v1_InventoryAck, _kvtide_v1_InventoryAck__Output>
      InventoryChange: MessageTypeDefinition<_kvtide_v1_InventoryChange, _kvtide_v1_InventoryChange__Output>
      LayerAttention: MessageTypeDefinition<_kvtide_v1_LayerAttention, _kvtide_v1_LayerAttention__Output>
      LayerRange: MessageTypeDefinition<_kvtide_v1_LayerRange, _kvtide_v1_LayerRange__Output>
      LeaveRequest: MessageTypeDefinition<_kvtide_v1_LeaveRequest, _kvtide_v1_LeaveRequest__Output>
      LeaveResponse: MessageTypeDefinition<_kvtide_v1_LeaveResponse, _kvtide_v1_LeaveResponse__Output>
      LocateRequest: MessageTypeDefinition<_kvtide_v1_LocateRequest, _kvtide_v1_LocateRequest__Output>
      LocateResponse: MessageTypeDefinition<_kvtide_v1_LocateResponse, _kvtide_v1_LocateResponse__Output>
      LookupRequest: MessageTypeDefinition<_kvtide_v1_LookupRequest, _kvtide_v1_LookupRequest__Output>
      LookupResponse: MessageTypeDefinition<_kvtide_v1_LookupResponse, _kvtide_v1_LookupResponse__Output>
      MoveBlocksRequest: MessageTypeDefinition<_kvtide_v1_MoveBlocksRequest, _kvtide_v1_MoveBlocksRequest__Output>
      MoveProgress: MessageTypeDefinition<_kvtide_v1_MoveProgress, _kvtide_v1_MoveProgress__Output>
      PageId: MessageTypeDefinition<_kvtide_v1_PageId, _kvtide_v1_PageId__Output>
      PinRequest: MessageTypeDefinition<_kvtide_v1_PinRequest, _kvtide_v1_PinRequest__Output>
      PinResponse: MessageTypeDefinition<_kvtide_v1_PinResponse, _kvtide_v1_PinResponse__Output>
      Plan: MessageTypeDefinition<_kvtide_v1_Plan, _kvtide_v1_Plan__Output>
      Protocol: MessageTypeDefinition<_kvtide_v1_Protocol, _kvtide_v1_Protocol__Output>
      ReadyRequest: MessageTypeDefinition<_kvtide_v1_ReadyRequest, _kvtide_v1_ReadyRequest__Output>
      ReadyResponse: MessageTypeDefinition<_kvtide_v1_ReadyResponse, _kvtide_v1_ReadyResponse__Output>
      RegisterRequest: MessageTypeDefinition<_kvtide_v1_RegisterRequest, _kvtide_v1_RegisterRequest__Output>
      RegisterResponse: MessageTypeDefinition<_kvtide_v1_RegisterResponse, _kvtide_v1_RegisterResponse__Output>
      ReleaseSequenceRequest: MessageTypeDefinition<_kvtide_v1_ReleaseSequenceRequest, _kvtide_v1_ReleaseSequenceRequest__Output>
      ReleaseSequenceResponse: MessageTypeDefinition<_kvtide_v1_ReleaseSequenceResponse, _kvtide_v1_ReleaseSequenceResponse__Output>
      SequenceResponse: MessageTypeDefinition<_kvtide_v1_SequenceResponse, _kvtide_v1_SequenceResponse__Output>
      ShardPlan: MessageTypeDefinition<_kvtide_v1_ShardPlan, _kvtide_v1_ShardPlan__Output>
      SinksAndWindow: MessageTypeDefinition<_kvtide_v1_SinksAndWindow, _kvtide_v1_SinksAndWindow__Output>
      StagePlan: MessageTypeDefinition<_kvtide_v1_StagePlan, _kvtide_v1_StagePlan__Output>
      StagePrefix: MessageTypeDefinition<_kvtide_v1_StagePrefix, _kvtide_v1_StagePrefix__Output>
      StageRoom: MessageTypeDefinition<_kvtide_v1_StageRoom, _kvtide_v1_StageRoom__Output>
      StatusRequest: MessageTypeDefinition<_kvtide_v1_StatusRequest, _kvtide_v1_StatusRequest__Output>
      StatusResponse: MessageTypeDefinition<_kvtide_v1_StatusResponse, _kvtide_v1_StatusResponse__Output>
      TensorDigest: MessageTypeDefinition<_kvtide_v1_TensorDigest, _kvtide_v1_TensorDigest__Output>
      TopPages: MessageTypeDefinition<_kvtide_v1_TopPages, _kvtide_v1_TopPages__Output>
      TruncateSequenceRequest: MessageTypeDefinition<_kvtide_v1_TruncateSequenceRequest, _kvtide_v1_TruncateSequenceRequest__Output>
      WorkerStatus: MessageTypeDefinition<_kvtide_v1_WorkerStatus, _kvtide_v1_WorkerStatus__Output>
    }
  }
}

