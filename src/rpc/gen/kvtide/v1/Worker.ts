// Original file: proto/kvtide/v1/worker.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AttendRequest as _kvtide_v1_AttendRequest, AttendRequest__Output as _kvtide_v1_AttendRequest__Output } from '../../kvtide/v1/AttendRequest.js';
import type { AttendResponse as _kvtide_v1_AttendResponse, AttendResponse__Output as _kvtide_v1_AttendResponse__Output } from '../../kvtide/v1/AttendResponse.js';
import type { AttentionRequest as _kvtide_v1_AttentionRequest, AttentionRequest__Output as _kvtide_v1_AttentionRequest__Output } from '../../kvtide/v1/AttentionRequest.js';
import type { AttentionResponse as _kvtide_v1_AttentionResponse, AttentionResponse__Output as _kvtide_v1_AttentionResponse__Output } from '../../kvtide/v1/AttentionResponse.js';
import type { CopyBlocksRequest as _kvtide_v1_CopyBlocksRequest, CopyBlocksRequest__Output as _kvtide_v1_CopyBlocksRequest__Output } from '../../kvtide/v1/CopyBlocksRequest.js';
import type { CopyProgress as _kvtide_v1_CopyProgress, CopyProgress__Output as _kvtide_v1_CopyProgress__Output } from '../../kvtide/v1/CopyProgress.js';
import type { DecodeRequest as _kvtide_v1_DecodeRequest, DecodeRequest__Output as _kvtide_v1_DecodeRequest__Output } from '../../kvtide/v1/DecodeRequest.js';
import type { DecodeResponse as _kvtide_v1_DecodeResponse, DecodeResponse__Output as _kvtide_v1_DecodeResponse__Output } from '../../kvtide/v1/DecodeResponse.js';
import type { ExplainRequest as _kvtide_v1_ExplainRequest, ExplainRequest__Output as _kvtide_v1_ExplainRequest__Output } from '../../kvtide/v1/ExplainRequest.js';
import type { ExplainResponse as _kvtide_v1_ExplainResponse, ExplainResponse__Output as _kvtide_v1_ExplainResponse__Output } from '../../kvtide/v1/ExplainResponse.js';
import type { FlushRequest as _kvtide_v1_FlushRequest, FlushRequest__Output as _kvtide_v1_FlushRequest__Output } from '../../kvtide/v1/FlushRequest.js';
import type { FlushResponse as _kvtide_v1_FlushResponse, FlushResponse__Output as _kvtide_v1_FlushResponse__Output } from '../../kvtide/v1/FlushResponse.js';
import type { GetPageRequest as _kvtide_v1_GetPageRequest, GetPageRequest__Output as _kvtide_v1_GetPageRequest__Output } from '../../kvtide/v1/GetPageRequest.js';
import type { GetPageResponse as _kvtide_v1_GetPageResponse, GetPageResponse__Output as _kvtide_v1_GetPageResponse__Output } from '../../kvtide/v1/GetPageResponse.js';
import type { HasPagesRequest as _kvtide_v1_HasPagesRequest, HasPagesRequest__Output as _kvtide_v1_HasPagesRequest__Output } from '../../kvtide/v1/HasPagesRequest.js';
import type { HasPagesResponse as _kvtide_v1_HasPagesResponse, HasPagesResponse__Output as _kvtide_v1_HasPagesResponse__Output } from '../../kvtide/v1/HasPagesResponse.js';
import type { OpenLaneRequest as _kvtide_v1_OpenLaneRequest, OpenLaneRequest__Output as _kvtide_v1_OpenLaneRequest__Output } from '../../kvtide/v1/OpenLaneRequest.js';
import type { OpenLaneResponse as _kvtide_v1_OpenLaneResponse, OpenLaneResponse__Output as _kvtide_v1_OpenLaneResponse__Output } from '../../kvtide/v1/OpenLaneResponse.js';
import type { PrefetchBlocksRequest as _kvtide_v1_PrefetchBlocksRequest, PrefetchBlocksRequest__Output as _kvtide_v1_PrefetchBlocksRequest__Output } from '../../kvtide/v1/PrefetchBlocksRequest.js';
import type { PrefetchBlocksResponse as _kvtide_v1_PrefetchBlocksResponse, PrefetchBlocksResponse__Output as _kvtide_v1_PrefetchBlocksResponse__Output } from '../../kvtide/v1/PrefetchBlocksResponse.js';
import type { PutPageRequest as _kvtide_v1_PutPageRequest, PutPageRequest__Output as _kvtide_v1_PutPageRequest__Output } from '../../kvtide/v1/PutPageRequest.js';
import type { PutPageResponse as _kvtide_v1_PutPageResponse, PutPageResponse__Output as _kvtide_v1_PutPageResponse__Output } from '../../kvtide/v1/PutPageResponse.js';
import type { RemoveBlocksRequest as _kvtide_v1_RemoveBlocksRequest, RemoveBlocksRequest__Output as _kvtide_v1_RemoveBlocksRequest__Output } from '../../kvtide/v1/RemoveBlocksRequest.js';
import type { RemoveBlocksResponse as _kvtide_v1_RemoveBlocksResponse, RemoveBlocksResponse__Output as _kvtide_v1_RemoveBlocksResponse__Output } from '../../kvtide/v1/RemoveBlocksResponse.js';
import type { SetPolicyRequest as _kvtide_v1_SetPolicyRequest, SetPolicyRequest__Output as _kvtide_v1_SetPolicyRequest__Output } from '../../kvtide/v1/SetPolicyRequest.js';
import type { SetPolicyResponse as _kvtide_v1_SetPolicyResponse, SetPolicyResponse__Output as _kvtide_v1_SetPolicyResponse__Output } from '../../kvtide/v1/SetPolicyResponse.js';
import type { StatsRequest as _kvtide_v1_StatsRequest, StatsRequest__Output as _kvtide_v1_StatsRequest__Output } from '../../kvtide/v1/StatsRequest.js';
import type { StatsResponse as _kvtide_v1_StatsResponse, StatsResponse__Output as _kvtide_v1_StatsResponse__Output } from '../../kvtide/v1/StatsResponse.js';

export interface WorkerClient extends grpc.Client {
  Attend(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_AttendRequest, _kvtide_v1_AttendResponse__Output>;
  Attend(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_AttendRequest, _kvtide_v1_AttendResponse__Output>;
  attend(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_AttendRequest, _kvtide_v1_AttendResponse__Output>;
  attend(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_AttendRequest, _kvtide_v1_AttendResponse__Output>;
  
  Attention(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_AttentionRequest, _kvtide_v1_AttentionResponse__Output>;
  Attention(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_AttentionRequest, _kvtide_v1_AttentionResponse__Output>;
  attention(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_AttentionRequest, _kvtide_v1_AttentionResponse__Output>;
  attention(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_AttentionRequest, _kvtide_v1_AttentionResponse__Output>;
  
  CopyBlocks(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_CopyBlocksRequest, _kvtide_v1_CopyProgress__Output>;
  CopyBlocks(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_CopyBlocksRequest, _kvtide_v1_CopyProgress__Output>;
  copyBlocks(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_CopyBlocksRequest, _kvtide_v1_CopyProgress__Output>;
  copyBlocks(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_CopyBlocksRequest, _kvtide_v1_CopyProgress__Output>;
  
  Decode(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_DecodeRequest, _kvtide_v1_DecodeResponse__Output>;
  Decode(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_DecodeRequest, _kvtide_v1_DecodeResponse__Output>;
  decode(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_DecodeRequest, _kvtide_v1_DecodeResponse__Output>;
  decode(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_DecodeRequest, _kvtide_v1_DecodeResponse__Output>;
  
  Explain(argument: _kvtide_v1_ExplainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _kvtide_v1_ExplainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _kvtide_v1_ExplainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _kvtide_v1_ExplainRequest, callback: grpc.requestCallback<_kvtide_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _kvtide_v1_ExplainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _kvtide_v1_ExplainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _kvtide_v1_ExplainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _kvtide_v1_ExplainRequest, callback: grpc.requestCallback<_kvtide_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  
  Flush(argument: _kvtide_v1_FlushRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_FlushResponse__Output>): grpc.ClientUnaryCall;
  Flush(argument: _kvtide_v1_FlushRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_FlushResponse__Output>): grpc.ClientUnaryCall;
  Flush(argument: _kvtide_v1_FlushRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_FlushResponse__Output>): grpc.ClientUnaryCall;
  Flush(argument: _kvtide_v1_FlushRequest, callback: grpc.requestCallback<_kvtide_v1_FlushResponse__Output>): grpc.ClientUnaryCall;
  flush(argument: _kvtide_v1_FlushRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_FlushResponse__Output>): grpc.ClientUnaryCall;
  flush(argument: _kvtide_v1_FlushRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_FlushResponse__Output>): grpc.ClientUnaryCall;
  flush(argument: _kvtide_v1_FlushRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_FlushResponse__Output>): grpc.ClientUnaryCall;
  flush(argument: _kvtide_v1_FlushRequest, callback: grpc.requestCallback<_kvtide_v1_FlushResponse__Output>): grpc.ClientUnaryCall;
  
  GetPages(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_GetPageRequest, _kvtide_v1_GetPageResponse__Output>;
  GetPages(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_GetPageRequest, _kvtide_v1_GetPageResponse__Output>;
  getPages(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_GetPageRequest, _kvtide_v1_GetPageResponse__Output>;
  getPages(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_GetPageRequest, _kvtide_v1_GetPageResponse__Output>;
  
  HasPages(argument: _kvtide_v1_HasPagesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_HasPagesResponse__Output>): grpc.ClientUnaryCall;
  HasPages(argument: _kvtide_v1_HasPagesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_HasPagesResponse__Output>): grpc.ClientUnaryCall;
  HasPages(argument: _kvtide_v1_HasPagesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_HasPagesResponse__Output>): grpc.ClientUnaryCall;
  HasPages(argument: _kvtide_v1_HasPagesRequest, callback: grpc.requestCallback<_kvtide_v1_HasPagesResponse__Output>): grpc.ClientUnaryCall;
  hasPages(argument: _kvtide_v1_HasPagesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_HasPagesResponse__Output>): grpc.ClientUnaryCall;
  hasPages(argument: _kvtide_v1_HasPagesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_HasPagesResponse__Output>): grpc.ClientUnaryCall;
  hasPages(argument: _kvtide_v1_HasPagesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_HasPagesResponse__Output>): grpc.ClientUnaryCall;
  hasPages(argument: _kvtide_v1_HasPagesRequest, callback: grpc.requestCallback<_kvtide_v1_HasPagesResponse__Output>): grpc.ClientUnaryCall;
  
  OpenLane(argument: _kvtide_v1_OpenLaneRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_OpenLaneResponse__Output>): grpc.ClientUnaryCall;
  OpenLane(argument: _kvtide_v1_OpenLaneRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_OpenLaneResponse__Output>): grpc.ClientUnaryCall;
  OpenLane(argument: _kvtide_v1_OpenLaneRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_OpenLaneResponse__Output>): grpc.ClientUnaryCall;
  OpenLane(argument: _kvtide_v1_OpenLaneRequest, callback: grpc.requestCallback<_kvtide_v1_OpenLaneResponse__Output>): grpc.ClientUnaryCall;
  openLane(argument: _kvtide_v1_OpenLaneRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_OpenLaneResponse__Output>): grpc.ClientUnaryCall;
  openLane(argument: _kvtide_v1_OpenLaneRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_OpenLaneResponse__Output>): grpc.ClientUnaryCall;
  openLane(argument: _kvtide_v1_OpenLaneRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_OpenLaneResponse__Output>): grpc.ClientUnaryCall;
  openLane(argument: _kvtide_v1_OpenLaneRequest, callback: grpc.requestCallback<_kvtide_v1_OpenLaneResponse__Output>): grpc.ClientUnaryCall;
  
  PrefetchBlocks(argument: _kvtide_v1_PrefetchBlocksRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_PrefetchBlocksResponse__Output>): grpc.ClientUnaryCall;
  PrefetchBlocks(argument: _kvtide_v1_PrefetchBlocksRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_PrefetchBlocksResponse__Output>): grpc.ClientUnaryCall;
  PrefetchBlocks(argument: _kvtide_v1_PrefetchBlocksRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_PrefetchBlocksResponse__Output>): grpc.ClientUnaryCall;
  PrefetchBlocks(argument: _kvtide_v1_PrefetchBlocksRequest, callback: grpc.requestCallback<_kvtide_v1_PrefetchBlocksResponse__Output>): grpc.ClientUnaryCall;
  prefetchBlocks(argument: _kvtide_v1_PrefetchBlocksRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_PrefetchBlocksResponse__Output>): grpc.ClientUnaryCall;
  prefetchBlocks(argument: _kvtide_v1_PrefetchBlocksRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_PrefetchBlocksResponse__Output>): grpc.ClientUnaryCall;
  prefetchBlocks(argument: _kvtide_v1_PrefetchBlocksRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_PrefetchBlocksResponse__Output>): grpc.ClientUnaryCall;
  prefetchBlocks(argument: _kvtide_v1_PrefetchBlocksRequest, callback: grpc.requestCallback<_kvtide_v1_PrefetchBlocksResponse__Output>): grpc.ClientUnaryCall;
  
  PutPages(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_PutPageRequest, _kvtide_v1_PutPageResponse__Output>;
  PutPages(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_PutPageRequest, _kvtide_v1_PutPageResponse__Output>;
  putPages(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_PutPageRequest, _kvtide_v1_PutPageResponse__Output>;
  putPages(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_PutPageRequest, _kvtide_v1_PutPageResponse__Output>;
  
  RemoveBlocks(argument: _kvtide_v1_RemoveBlocksRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_RemoveBlocksResponse__Output>): grpc.ClientUnaryCall;
  RemoveBlocks(argument: _kvtide_v1_RemoveBlocksRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_RemoveBlocksResponse__Output>): grpc.ClientUnaryCall;
  RemoveBlocks(argument: _kvtide_v1_RemoveBlocksRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_RemoveBlocksResponse__Output>): grpc.ClientUnaryCall;
  RemoveBlocks(argument: _kvtide_v1_RemoveBlocksRequest, callback: grpc.requestCallback<_kvtide_v1_RemoveBlocksResponse__Output>): grpc.ClientUnaryCall;
  removeBlocks(argument: _kvtide_v1_RemoveBlocksRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_RemoveBlocksResponse__Output>): grpc.ClientUnaryCall;
  removeBlocks(argument: _kvtide_v1_RemoveBlocksRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_RemoveBlocksResponse__Output>): grpc.ClientUnaryCall;
  removeBlocks(argument: _kvtide_v1_RemoveBlocksRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_RemoveBlocksResponse__Output>): grpc.ClientUnaryCall;
  removeBlocks(argument: _kvtide_v1_RemoveBlocksRequest, callback: grpc.requestCallback<_kvtide_v1_RemoveBlocksResponse__Output>): grpc.ClientUnaryCall;
  
  SetPolicy(argument: _kvtide_v1_SetPolicyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SetPolicyResponse__Output>): grpc.ClientUnaryCall;
  SetPolicy(argument: _kvtide_v1_SetPolicyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_SetPolicyResponse__Output>): grpc.ClientUnaryCall;
  SetPolicy(argument: _kvtide_v1_SetPolicyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SetPolicyResponse__Output>): grpc.ClientUnaryCall;
  SetPolicy(argument: _kvtide_v1_SetPolicyRequest, callback: grpc.requestCallback<_kvtide_v1_SetPolicyResponse__Output>): grpc.ClientUnaryCall;
  setPolicy(argument: _kvtide_v1_SetPolicyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SetPolicyResponse__Output>): grpc.ClientUnaryCall;
  setPolicy(argument: _kvtide_v1_SetPolicyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_SetPolicyResponse__Output>): grpc.ClientUnaryCall;
  setPolicy(argument: _kvtide_v1_SetPolicyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_SetPolicyResponse__Output>): grpc.ClientUnaryCall;
  setPolicy(argument: _kvtide_v1_SetPolicyRequest, callback: grpc.requestCallback<_kvtide_v1_SetPolicyResponse__Output>): grpc.ClientUnaryCall;
  
  Stats(argument: _kvtide_v1_StatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  Stats(argument: _kvtide_v1_StatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  Stats(argument: _kvtide_v1_StatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  Stats(argument: _kvtide_v1_StatsRequest, callback: grpc.requestCallback<_kvtide_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _kvtide_v1_StatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _kvtide_v1_StatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_kvtide_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _kvtide_v1_StatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_kvtide_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _kvtide_v1_StatsRequest, callback: grpc.requestCallback<_kvtide_v1_StatsResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface WorkerHandlers extends grpc.UntypedServiceImplementation {
  Attend: grpc.handleBidiStreamingCall<_kvtide_v1_AttendRequest__Output, _kvtide_v1_AttendResponse>;
  
  Attention: grpc.handleBidiStreamingCall<_kvtide_v1_AttentionRequest__Output, _kvtide_v1_AttentionResponse>;
  
  CopyBlocks: grpc.handleBidiStreamingCall<_kvtide_v1_CopyBlocksRequest__Output, _kvtide_v1_CopyProgress>;
  
  Decode: grpc.handleBidiStreamingCall<_kvtide_v1_DecodeRequest__Output, _kvtide_v1_DecodeResponse>;
  
  Explain: grpc.handleUnaryCall<_kvtide_v1_ExplainRequest__Output, _kvtide_v1_ExplainResponse>;
  
  Flush: grpc.handleUnaryCall<_kvtide_v1_FlushRequest__Output, _kvtide_v1_FlushResponse>;
  
  GetPages: grpc.handleBidiStreamingCall<_kvtide_v1_GetPageRequest__Output, _kvtide_v1_GetPageResponse>;
  
  HasPages: grpc.handleUnaryCall<_kvtide_v1_HasPagesRequest__Output, _kvtide_v1_HasPagesResponse>;
  
  OpenLane: grpc.handleUnaryCall<_kvtide_v1_OpenLaneRequest__Output, _kvtide_v1_OpenLaneResponse>;
  
  PrefetchBlocks: grpc.handleUnaryCall<_kvtide_v1_PrefetchBlocksRequest__Output, _kvtide_v1_PrefetchBlocksResponse>;
  
  PutPages: grpc.handleBidiStreamingCall<_kvtide_v1_PutPageRequest__Output, _kvtide_v1_PutPageResponse>;
  
  RemoveBlocks: grpc.handleUnaryCall<_kvtide_v1_RemoveBlocksRequest__Output, _kvtide_v1_RemoveBlocksResponse>;
  
  SetPolicy: grpc.handleUnaryCall<_kvtide_v1_SetPolicyRequest__Output, _kvtide_v1_SetPolicyResponse>;
  
  Stats: grpc.handleUnaryCall<_kvtide_v1_StatsRequest__Output, _kvtide_v1_StatsResponse>;
  
}

export interface WorkerDefinition extends grpc.ServiceDefinition {
  Attend: MethodDefinition<_kvtide_v1_AttendRequest, _kvtide_v1_AttendResponse, _kvtide_v1_AttendRequest__Output, _kvtide_v1_AttendResponse__Output>
  Attention: MethodDefinition<_kvtide_v1_AttentionRequest, _kvtide_v1_AttentionResponse, _kvtide_v1_AttentionRequest__Output, _kvtide_v1_AttentionResponse__Output>
  CopyBlocks: MethodDefinition<_kvtide_v1_CopyBlocksRequest, _kvtide_v1_CopyProgress, _kvtide_v1_CopyBlocksRequest__Output, _kvtide_v1_CopyProgress__Output>
  Decode: MethodDefinition<_kvtide_v1_DecodeRequest, _kvtide_v1_DecodeResponse, _kvtide_v1_DecodeRequest__Output, _kvtide_v1_DecodeResponse__Output>
  Explain: MethodDefinition<_kvtide_v1_ExplainRequest, _kvtide_v1_ExplainResponse, _kvtide_v1_ExplainRequest__Output, _kvtide_v1_ExplainResponse__Output>
  Flush: MethodDefinition<_kvtide_v1_FlushRequest, _kvtide_v1_FlushResponse, _kvtide_v1_FlushRequest__Output, _kvtide_v1_FlushResponse__Output>
  GetPages: MethodDefinition<_kvtide_v1_GetPageRequest, _kvtide_v1_GetPageResponse, _kvtide_v1_GetPageRequest__Output, _kvtide_v1_GetPageResponse__Output>
  HasPages: MethodDefinition<_kvtide_v1_HasPagesRequest, _kvtide_v1_HasPagesResponse, _kvtide_v1_HasPagesRequest__Output, _kvtide_v1_HasPagesResponse__Output>
  OpenLane: MethodDefinition<_kvtide_v1_OpenLaneRequest, _kvtide_v1_OpenLaneResponse, _kvtide_v1_OpenLaneRequest__Output, _kvtide_v1_OpenLaneResponse__Output>
  PrefetchBlocks: MethodDefinition<_kvtide_v1_PrefetchBlocksRequest, _kvtide_v1_PrefetchBlocksResponse, _kvtide_v1_PrefetchBlocksRequest__Output, _kvtide_v1_PrefetchBlocksResponse__Output>
  PutPages: MethodDefinition<_kvtide_v1_PutPageRequest, _kvtide_v1_PutPageResponse, _kvtide_v1_PutPageRequest__Output, _kvtide_v1_PutPageResponse__Output>
  RemoveBlocks: MethodDefinition<_kvtide_v1_RemoveBlocksRequest, _kvtide_v1_RemoveBlocksResponse, _kvtide_v1_RemoveBlocksRequest__Output, _kvtide_v1_RemoveBlocksResponse__Output>
  SetPolicy: MethodDefinition<_kvtide_v1_SetPolicyRequest, _kvtide_v1_SetPolicyResponse, _kvtide_v1_SetPolicyRequest__Output, _kvtide_v1_SetPolicyResponse__Output>
  Stats: MethodDefinition<_kvtide_v1_StatsRequest, _kvtide_v1_StatsResponse, _kvtide_v1_StatsRequest__Output, _kvtide_v1_StatsResponse__Output>
}
