// Original file: proto/kvtide/v1/coordinator.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CreateSequenceRequest as _kvtide_v1_CreateSequenceRequest, CreateSequenceRequest__Output as _kvtide_v1_CreateSequenceRequest__Output } from '../../kvtide/v1/CreateSequenceRequest.js';
import type { DescribeRequest as _kvtide_v1_DescribeRequest, DescribeRequest__Output as _kvtide_v1_DescribeRequest__Output } from '../../kvtide/v1/DescribeRequest.js';
import type { DescribeResponse as _kvtide_v1_DescribeResponse, DescribeResponse__Output as _kvtide_v1_DescribeResponse__Output } from '../../kvtide/v1/DescribeResponse.js';
import type { DrainWorkerRequest as _kvtide_v1_DrainWorkerRequest, DrainWorkerRequest__Output as _kvtide_v1_DrainWorkerRequest__Output } from '../../kvtide/v1/DrainWorkerRequest.js';
import type { DrainWorkerResponse as _kvtide_v1_DrainWorkerResponse, DrainWorkerResponse__Output as _kvtide_v1_DrainWorkerResponse__Output } from '../../kvtide/v1/DrainWorkerResponse.js';
import type { ExtendSequenceRequest as _kvtide_v1_ExtendSequenceRequest, ExtendSequenceRequest__Output as _kvtide_v1_ExtendSequenceRequest__Output } from '../../kvtide/v1/ExtendSequenceRequest.js';
import type { ForkSequenceRequest as _kvtide_v1_ForkSequenceRequest, ForkSequenceRequest__Output as _kvtide_v1_ForkSequenceRequest__Output } from '../../kvtide/v1/ForkSequenceRequest.js';
import type { HeartbeatRequest as _kvtide_v1_HeartbeatRequest, HeartbeatRequest__Output as _kvtide_v1_HeartbeatRequest__Output } from '../../kvtide/v1/HeartbeatRequest.js';
import type { HeartbeatResponse as _kvtide_v1_HeartbeatResponse, HeartbeatResponse__Output as _kvtide_v1_HeartbeatResponse__Output } from '../../kvtide/v1/HeartbeatResponse.js';
import type { InventoryAck as _kvtide_v1_InventoryAck, InventoryAck__Output as _kvtide_v1_InventoryAck__Output } from '../../kvtide/v1/InventoryAck.js';
import type { InventoryChange as _kvtide_v1_InventoryChange, InventoryChange__Output as _kvtide_v1_InventoryChange__Output } from '../../kvtide/v1/InventoryChange.js';
import type { LeaveRequest as _kvtide_v1_LeaveRequest, LeaveRequest__Output as _kvtide_v1_LeaveRequest__Output } from '../../kvtide/v1/LeaveRequest.js';
import type { LeaveResponse as _kvtide_v1_LeaveResponse, LeaveResponse__Output as _kvtide_v1_LeaveResponse__Output } from '../../kvtide/v1/LeaveResponse.js';
import type { LocateRequest as _kvtide_v1_LocateRequest, LocateRequest__Output as _kvtide_v1_LocateRequest__Output } from '../../kvtide/v1/LocateRequest.js';
import type { LocateResponse as _kvtide_v1_LocateResponse, LocateResponse__Output as _kvtide_v1_LocateResponse__Output } from '../../kvtide/v1/LocateResponse.js';
import type { LookupRequest as _kvtide_v1_LookupRequest, LookupRequest__Output as _kvtide_v1_LookupRequest__Output } from '../../kvtide/v1/LookupRequest.js';
import type { LookupResponse as _kvtide_v1_LookupResponse, LookupResponse__Output as _kvtide_v1_LookupResponse__Output } from '../../kvtide/v1/LookupResponse.js';
import type { MoveBlocksRequest as _kvtide_v1_MoveBlocksRequest, MoveBlocksRequest__Output as _kvtide_v1_MoveBlocksRequest__Output } from '../../kvtide/v1/MoveBlocksRequest.js';
import type { MoveProgress as _kvtide_v1_MoveProgress, MoveProgress__Output as _kvtide_v1_MoveProgress__Output } from '../../kvtide/v1/MoveProgress.js';
import type { PinRequest as _kvtide_v1_PinRequest, PinRequest__Output as _kvtide_v1_PinRequest__Output } from '../../kvtide/v1/PinRequest.js';
import type { PinResponse as _kvtide_v1_PinResponse, PinResponse__Output as _kvtide_v1_PinResponse__Output } from '../../kvtide/v1/PinResponse.js';
import type { ReadyRequest as _kvtide_v1_ReadyRequest, ReadyRequest__Output as _kvtide_v1_ReadyRequest__Output } from '../../kvtide/v1/ReadyRequest.js';
import type { ReadyResponse as _kvtide_v1_ReadyResponse, ReadyResponse__Output as _kvtide_v1_ReadyResponse__Output } from '../../kvtide/v1/ReadyResponse.js';
import type { RegisterRequest as _kvtide_v1_RegisterRequest, RegisterRequest__Output as _kvtide_v1_RegisterRequest__Output } from '../../kvtide/v1/RegisterRequest.js';
import type { RegisterResponse as _kvtide_v1_RegisterResponse, RegisterResponse__Output as _kvtide_v1_RegisterResponse__Output } from '../../kvtide/v1/RegisterResponse.js';
import type { ReleaseSequenceRequest as _kvtide_v1_ReleaseSequenceRequest, ReleaseSequenceRequest__Output as _kvtide_v1_ReleaseSequenceRequest__Output } from '../../kvtide/v1/ReleaseSequenceRequest.js';
import type { ReleaseSequenceResponse as _kvtide_v1_ReleaseSequenceResponse, ReleaseSequenceResponse__Output as _kvtide_v1_ReleaseSequenceResponse__Output } from '../../kvtide/v1/ReleaseSequenceResponse.js';
import type { SequenceResponse as _kvtide_v1_SequenceResponse, SequenceResponse__Output as _kvtide_v1_SequenceResponse__Output } from '../../kvtide/v1/SequenceResponse.js';
import type { StatusRequest as _kvtide_v1_StatusRequest, StatusRequest__Output as _kvtide_v1_StatusRequest__Output } from '../../kvtide/v1/StatusRequest.js';
import type { StatusResponse as _kvtide_v1_StatusResponse, StatusResponse__Output as _kvtide_v1_StatusResponse__Output } from '../../kvtide/v1/StatusResponse.js';
import type { TruncateSequenceRequest as _kvtide_v1_TruncateSequenceRequest, TruncateSequenceRequest__Output as _kvtide_v1_TruncateSequenceRequest__Output } from '../../kvtide/v1/TruncateSequenceRequest.js';

export interface CoordinatorClient extends grpc.Client {
  CreateSequence(argument: _kvtide_v1_CreateSequenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  CreateSequence(argument: _kvtide_v1_CreateSequenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  CreateSequence(argument: _kvtide_v1_CreateSequenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  CreateSequence(argument: _kvtide_v1_CreateSequenceRequest, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  createSequence(argument: _kvtide_v1_CreateSequenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  createSequence(argument: _kvtide_v1_CreateSequenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  createSequence(argument: _kvtide_v1_CreateSequenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  createSequence(argument: _kvtide_v1_CreateSequenceRequest, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  
  Describe(argument: _kvtide_v1_DescribeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  Describe(argument: _kvtide_v1_DescribeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  Describe(argument: _kvtide_v1_DescribeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  Describe(argument: _kvtide_v1_DescribeRequest, callback: grpc.requestCallback<_kvtide_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  describe(argument: _kvtide_v1_DescribeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  describe(argument: _kvtide_v1_DescribeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  describe(argument: _kvtide_v1_DescribeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  describe(argument: _kvtide_v1_DescribeRequest, callback: grpc.requestCallback<_kvtide_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  
  DrainWorker(argument: _kvtide_v1_DrainWorkerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_DrainWorkerResponse__Output>): grpc.ClientUnaryCall;
  DrainWorker(argument: _kvtide_v1_DrainWorkerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_DrainWorkerResponse__Output>): grpc.ClientUnaryCall;
  DrainWorker(argument: _kvtide_v1_DrainWorkerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_DrainWorkerResponse__Output>): grpc.ClientUnaryCall;
  DrainWorker(argument: _kvtide_v1_DrainWorkerRequest, callback: grpc.requestCallback<_kvtide_v1_DrainWorkerResponse__Output>): grpc.ClientUnaryCall;
  drainWorker(argument: _kvtide_v1_DrainWorkerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_DrainWorkerResponse__Output>): grpc.ClientUnaryCall;
  drainWorker(argument: _kvtide_v1_DrainWorkerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_DrainWorkerResponse__Output>): grpc.ClientUnaryCall;
  drainWorker(argument: _kvtide_v1_DrainWorkerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_DrainWorkerResponse__Output>): grpc.ClientUnaryCall;
  drainWorker(argument: _kvtide_v1_DrainWorkerRequest, callback: grpc.requestCallback<_kvtide_v1_DrainWorkerResponse__Output>): grpc.ClientUnaryCall;
  
  ExtendSequence(argument: _kvtide_v1_ExtendSequenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  ExtendSequence(argument: _kvtide_v1_ExtendSequenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  ExtendSequence(argument: _kvtide_v1_ExtendSequenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  ExtendSequence(argument: _kvtide_v1_ExtendSequenceRequest, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  extendSequence(argument: _kvtide_v1_ExtendSequenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  extendSequence(argument: _kvtide_v1_ExtendSequenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  extendSequence(argument: _kvtide_v1_ExtendSequenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  extendSequence(argument: _kvtide_v1_ExtendSequenceRequest, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  
  ForkSequence(argument: _kvtide_v1_ForkSequenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  ForkSequence(argument: _kvtide_v1_ForkSequenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  ForkSequence(argument: _kvtide_v1_ForkSequenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  ForkSequence(argument: _kvtide_v1_ForkSequenceRequest, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  forkSequence(argument: _kvtide_v1_ForkSequenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  forkSequence(argument: _kvtide_v1_ForkSequenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  forkSequence(argument: _kvtide_v1_ForkSequenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  forkSequence(argument: _kvtide_v1_ForkSequenceRequest, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  
  Heartbeat(argument: _kvtide_v1_HeartbeatRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  Heartbeat(argument: _kvtide_v1_HeartbeatRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  Heartbeat(argument: _kvtide_v1_HeartbeatRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  Heartbeat(argument: _kvtide_v1_HeartbeatRequest, callback: grpc.requestCallback<_kvtide_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  heartbeat(argument: _kvtide_v1_HeartbeatRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  heartbeat(argument: _kvtide_v1_HeartbeatRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  heartbeat(argument: _kvtide_v1_HeartbeatRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  heartbeat(argument: _kvtide_v1_HeartbeatRequest, callback: grpc.requestCallback<_kvtide_v1_HeartbeatResponse__Output>): grpc.ClientUnaryCall;
  
  Inventory(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_InventoryChange, _kvtide_v1_InventoryAck__Output>;
  Inventory(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_InventoryChange, _kvtide_v1_InventoryAck__Output>;
  inventory(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_InventoryChange, _kvtide_v1_InventoryAck__Output>;
  inventory(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_InventoryChange, _kvtide_v1_InventoryAck__Output>;
  
  Leave(argument: _kvtide_v1_LeaveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  Leave(argument: _kvtide_v1_LeaveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  Leave(argument: _kvtide_v1_LeaveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  Leave(argument: _kvtide_v1_LeaveRequest, callback: grpc.requestCallback<_kvtide_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  leave(argument: _kvtide_v1_LeaveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  leave(argument: _kvtide_v1_LeaveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  leave(argument: _kvtide_v1_LeaveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  leave(argument: _kvtide_v1_LeaveRequest, callback: grpc.requestCallback<_kvtide_v1_LeaveResponse__Output>): grpc.ClientUnaryCall;
  
  Locate(argument: _kvtide_v1_LocateRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  Locate(argument: _kvtide_v1_LocateRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  Locate(argument: _kvtide_v1_LocateRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  Locate(argument: _kvtide_v1_LocateRequest, callback: grpc.requestCallback<_kvtide_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  locate(argument: _kvtide_v1_LocateRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  locate(argument: _kvtide_v1_LocateRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  locate(argument: _kvtide_v1_LocateRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  locate(argument: _kvtide_v1_LocateRequest, callback: grpc.requestCallback<_kvtide_v1_LocateResponse__Output>): grpc.ClientUnaryCall;
  
  Lookup(argument: _kvtide_v1_LookupRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_LookupResponse__Output>): grpc.ClientUnaryCall;
  Lookup(argument: _kvtide_v1_LookupRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_LookupResponse__Output>): grpc.ClientUnaryCall;
  Lookup(argument: _kvtide_v1_LookupRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_LookupResponse__Output>): grpc.ClientUnaryCall;
  Lookup(argument: _kvtide_v1_LookupRequest, callback: grpc.requestCallback<_kvtide_v1_LookupResponse__Output>): grpc.ClientUnaryCall;
  lookup(argument: _kvtide_v1_LookupRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_LookupResponse__Output>): grpc.ClientUnaryCall;
  lookup(argument: _kvtide_v1_LookupRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_LookupResponse__Output>): grpc.ClientUnaryCall;
  lookup(argument: _kvtide_v1_LookupRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_LookupResponse__Output>): grpc.ClientUnaryCall;
  lookup(argument: _kvtide_v1_LookupRequest, callback: grpc.requestCallback<_kvtide_v1_LookupResponse__Output>): grpc.ClientUnaryCall;
  
  MoveBlocks(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_MoveBlocksRequest, _kvtide_v1_MoveProgress__Output>;
  MoveBlocks(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_MoveBlocksRequest, _kvtide_v1_MoveProgress__Output>;
  moveBlocks(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_MoveBlocksRequest, _kvtide_v1_MoveProgress__Output>;
  moveBlocks(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_MoveBlocksRequest, _kvtide_v1_MoveProgress__Output>;
  
  Pin(argument: _kvtide_v1_PinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  Pin(argument: _kvtide_v1_PinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  Pin(argument: _kvtide_v1_PinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  Pin(argument: _kvtide_v1_PinRequest, callback: grpc.requestCallback<_kvtide_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  pin(argument: _kvtide_v1_PinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  pin(argument: _kvtide_v1_PinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  pin(argument: _kvtide_v1_PinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  pin(argument: _kvtide_v1_PinRequest, callback: grpc.requestCallback<_kvtide_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  
  Ready(argument: _kvtide_v1_ReadyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_ReadyResponse__Output>): grpc.ClientUnaryCall;
  Ready(argument: _kvtide_v1_ReadyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_ReadyResponse__Output>): grpc.ClientUnaryCall;
  Ready(argument: _kvtide_v1_ReadyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_ReadyResponse__Output>): grpc.ClientUnaryCall;
  Ready(argument: _kvtide_v1_ReadyRequest, callback: grpc.requestCallback<_kvtide_v1_ReadyResponse__Output>): grpc.ClientUnaryCall;
  ready(argument: _kvtide_v1_ReadyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_ReadyResponse__Output>): grpc.ClientUnaryCall;
  ready(argument: _kvtide_v1_ReadyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_ReadyResponse__Output>): grpc.ClientUnaryCall;
  ready(argument: _kvtide_v1_ReadyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_ReadyResponse__Output>): grpc.ClientUnaryCall;
  ready(argument: _kvtide_v1_ReadyRequest, callback: grpc.requestCallback<_kvtide_v1_ReadyResponse__Output>): grpc.ClientUnaryCall;
  
  Register(argument: _kvtide_v1_RegisterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  Register(argument: _kvtide_v1_RegisterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  Register(argument: _kvtide_v1_RegisterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  Register(argument: _kvtide_v1_RegisterRequest, callback: grpc.requestCallback<_kvtide_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  register(argument: _kvtide_v1_RegisterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  register(argument: _kvtide_v1_RegisterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  register(argument: _kvtide_v1_RegisterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  register(argument: _kvtide_v1_RegisterRequest, callback: grpc.requestCallback<_kvtide_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  
  ReleaseSequence(argument: _kvtide_v1_ReleaseSequenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_ReleaseSequenceResponse__Output>): grpc.ClientUnaryCall;
  ReleaseSequence(argument: _kvtide_v1_ReleaseSequenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_ReleaseSequenceResponse__Output>): grpc.ClientUnaryCall;
  ReleaseSequence(argument: _kvtide_v1_ReleaseSequenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_ReleaseSequenceResponse__Output>): grpc.ClientUnaryCall;
  ReleaseSequence(argument: _kvtide_v1_ReleaseSequenceRequest, callback: grpc.requestCallback<_kvtide_v1_ReleaseSequenceResponse__Output>): grpc.ClientUnaryCall;
  releaseSequence(argument: _kvtide_v1_ReleaseSequenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_ReleaseSequenceResponse__Output>): grpc.ClientUnaryCall;
  releaseSequence(argument: _kvtide_v1_ReleaseSequenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_ReleaseSequenceResponse__Output>): grpc.ClientUnaryCall;
  releaseSequence(argument: _kvtide_v1_ReleaseSequenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_ReleaseSequenceResponse__Output>): grpc.ClientUnaryCall;
  releaseSequence(argument: _kvtide_v1_ReleaseSequenceRequest, callback: grpc.requestCallback<_kvtide_v1_ReleaseSequenceResponse__Output>): grpc.ClientUnaryCall;
  
  Status(argument: _kvtide_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _kvtide_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _kvtide_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _kvtide_v1_StatusRequest, callback: grpc.requestCallback<_kvtide_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _kvtide_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _kvtide_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _kvtide_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _kvtide_v1_StatusRequest, callback: grpc.requestCallback<_kvtide_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  
  TruncateSequence(argument: _kvtide_v1_TruncateSequenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  TruncateSequence(argument: _kvtide_v1_TruncateSequenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  TruncateSequence(argument: _kvtide_v1_TruncateSequenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  TruncateSequence(argument: _kvtide_v1_TruncateSequenceRequest, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  truncateSequence(argument: _kvtide_v1_TruncateSequenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  truncateSequence(argument: _kvtide_v1_TruncateSequenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  truncateSequence(argument: _kvtide_v1_TruncateSequenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  truncateSequence(argument: _kvtide_v1_TruncateSequenceRequest, callback: grpc.requestCallback<_kvtide_v1_SequenceResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface CoordinatorHandlers extends grpc.UntypedServiceImplementation {
  CreateSequence: grpc.handleUnaryCall<_kvtide_v1_CreateSequenceRequest__Output, _kvtide_v1_SequenceResponse>;
  
  Describe: grpc.handleUnaryCall<_kvtide_v1_DescribeRequest__Output, _kvtide_v1_DescribeResponse>;
  
  DrainWorker: grpc.handleUnaryCall<_kvtide_v1_DrainWorkerRequest__Output, _kvtide_v1_DrainWorkerResponse>;
  
  ExtendSequence: grpc.handleUnaryCall<_kvtide_v1_ExtendSequenceRequest__Output, _kvtide_v1_SequenceResponse>;
  
  ForkSequence: grpc.handleUnaryCall<_kvtide_v1_ForkSequenceRequest__Output, _kvtide_v1_SequenceResponse>;
  
  Heartbeat: grpc.handleUnaryCall<_kvtide_v1_HeartbeatRequest__Output, _kvtide_v1_HeartbeatResponse>;
  
  Inventory: grpc.handleBidiStreamingCall<_kvtide_v1_InventoryChange__Output, _kvtide_v1_InventoryAck>;
  
  Leave: grpc.handleUnaryCall<_kvtide_v1_LeaveRequest__Output, _kvtide_v1_LeaveResponse>;
  
  Locate: grpc.handleUnaryCall<_kvtide_v1_LocateRequest__Output, _kvtide_v1_LocateResponse>;
  
  Lookup: grpc.handleUnaryCall<_kvtide_v1_LookupRequest__Output, _kvtide_v1_LookupResponse>;
  
  MoveBlocks: grpc.handleBidiStreamingCall<_kvtide_v1_MoveBlocksRequest__Output, _kvtide_v1_MoveProgress>;
  
  Pin: grpc.handleUnaryCall<_kvtide_v1_PinRequest__Output, _kvtide_v1_PinResponse>;
  
  Ready: grpc.handleUnaryCall<_kvtide_v1_ReadyRequest__Output, _kvtide_v1_ReadyResponse>;
  
  Register: grpc.handleUnaryCall<_kvtide_v1_RegisterRequest__Output, _kvtide_v1_RegisterResponse>;
  
  ReleaseSequence: grpc.handleUnaryCall<_kvtide_v1_ReleaseSequenceRequest__Output, _kvtide_v1_ReleaseSequenceResponse>;
  
  Status: grpc.handleUnaryCall<_kvtide_v1_StatusRequest__Output, _kvtide_v1_StatusResponse>;
  
  TruncateSequence: grpc.handleUnaryCall<_kvtide_v1_TruncateSequenceRequest__Output, _kvtide_v1_SequenceResponse>;
  
}

export interface CoordinatorDefinition extends grpc.ServiceDefinition {
  CreateSequence: MethodDefinition<_kvtide_v1_CreateSequenceRequest, _kvtide_v1_SequenceResponse, _kvtide_v1_CreateSequenceRequest__Output, _kvtide_v1_SequenceResponse__Output>
  Describe: MethodDefinition<_kvtide_v1_DescribeRequest, _kvtide_v1_DescribeResponse, _kvtide_v1_DescribeRequest__Output, _kvtide_v1_DescribeResponse__Output>
  DrainWorker: MethodDefinition<_kvtide_v1_DrainWorkerRequest, _kvtide_v1_DrainWorkerResponse, _kvtide_v1_DrainWorkerRequest__Output, _kvtide_v1_DrainWorkerResponse__Output>
  ExtendSequence: MethodDefinition<_kvtide_v1_ExtendSequenceRequest, _kvtide_v1_SequenceResponse, _kvtide_v1_ExtendSequenceRequest__Output, _kvtide_v1_SequenceResponse__Output>
  ForkSequence: MethodDefinition<_kvtide_v1_ForkSequenceRequest, _kvtide_v1_SequenceResponse, _kvtide_v1_ForkSequenceRequest__Output, _kvtide_v1_SequenceResponse__Output>
  Heartbeat: MethodDefinition<_kvtide_v1_HeartbeatRequest, _kvtide_v1_HeartbeatResponse, _kvtide_v1_HeartbeatRequest__Output, _kvtide_v1_HeartbeatResponse__Output>
  Inventory: MethodDefinition<_kvtide_v1_InventoryChange, _kvtide_v1_InventoryAck, _kvtide_v1_InventoryChange__Output, _kvtide_v1_InventoryAck__Output>
  Leave: MethodDefinition<_kvtide_v1_LeaveRequest, _kvtide_v1_LeaveResponse, _kvtide_v1_LeaveRequest__Output, _kvtide_v1_LeaveResponse__Output>
  Locate: MethodDefinition<_kvtide_v1_LocateRequest, _kvtide_v1_LocateResponse, _kvtide_v1_LocateRequest__Output, _kvtide_v1_LocateResponse__Output>
  Lookup: MethodDefinition<_kvtide_v1_LookupRequest, _kvtide_v1_LookupResponse, _kvtide_v1_LookupRequest__Output, _kvtide_v1_LookupResponse__Output>
  MoveBlocks: MethodDefinition<_kvtide_v1_MoveBlocksRequest, _kvtide_v1_MoveProgress, _kvtide_v1_MoveBlocksRequest__Output, _kvtide_v1_MoveProgress__Output>
  Pin: MethodDefinition<_kvtide_v1_PinRequest, _kvtide_v1_PinResponse, _kvtide_v1_PinRequest__Output, _kvtide_v1_PinResponse__Output>
  Ready: MethodDefinition<_kvtide_v1_ReadyRequest, _kvtide_v1_ReadyResponse, _kvtide_v1_ReadyRequest__Output, _kvtide_v1_ReadyResponse__Output>
  Register: MethodDefinition<_kvtide_v1_RegisterRequest, _kvtide_v1_RegisterResponse, _kvtide_v1_RegisterRequest__Output, _kvtide_v1_RegisterResponse__Output>
  ReleaseSequence: MethodDefinition<_kvtide_v1_ReleaseSequenceRequest, _kvtide_v1_ReleaseSequenceResponse, _kvtide_v1_ReleaseSequenceRequest__Output, _kvtide_v1_ReleaseSequenceResponse__Output>
  Status: MethodDefinition<_kvtide_v1_StatusRequest, _kvtide_v1_StatusResponse, _kvtide_v1_StatusRequest__Output, _kvtide_v1_StatusResponse__Output>
  TruncateSequence: MethodDefinition<_kvtide_v1_TruncateSequenceRequest, _kvtide_v1_SequenceResponse, _kvtide_v1_TruncateSequenceRequest__Output, _kvtide_v1_SequenceResponse__Output>
}
