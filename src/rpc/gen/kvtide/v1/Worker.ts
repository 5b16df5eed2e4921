// Original file: proto/kvtide/v1/worker.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { DecodeRequest as _kvtide_v1_DecodeRequest, DecodeRequest__Output as _kvtide_v1_DecodeRequest__Output } from '../../kvtide/v1/DecodeRequest.js';
import type { DecodeResponse as _kvtide_v1_DecodeResponse, DecodeResponse__Output as _kvtide_v1_DecodeResponse__Output } from '../../kvtide/v1/DecodeResponse.js';
import type { ExplainRequest as _kvtide_v1_ExplainRequest, ExplainRequest__Output as _kvtide_v1_ExplainRequest__Output } from '../../kvtide/v1/ExplainRequest.js';
import type { ExplainResponse as _kvtide_v1_ExplainResponse, ExplainResponse__Output as _kvtide_v1_ExplainResponse__Output } from '../../kvtide/v1/ExplainResponse.js';
import type { GetPageRequest as _kvtide_v1_GetPageRequest, GetPageRequest__Output as _kvtide_v1_GetPageRequest__Output } from '../../kvtide/v1/GetPageRequest.js';
import type { GetPageResponse as _kvtide_v1_GetPageResponse, GetPageResponse__Output as _kvtide_v1_GetPageResponse__Output } from '../../kvtide/v1/GetPageResponse.js';
import type { PutPageRequest as _kvtide_v1_PutPageRequest, PutPageRequest__Output as _kvtide_v1_PutPageRequest__Output } from '../../kvtide/v1/PutPageRequest.js';
import type { PutPageResponse as _kvtide_v1_PutPageResponse, PutPageResponse__Output as _kvtide_v1_PutPageResponse__Output } from '../../kvtide/v1/PutPageResponse.js';
import type { StatsRequest as _kvtide_v1_StatsRequest, StatsRequest__Output as _kvtide_v1_StatsRequest__Output } from '../../kvtide/v1/StatsRequest.js';
import type { StatsResponse as _kvtide_v1_StatsResponse, StatsResponse__Output as _kvtide_v1_StatsResponse__Output } from '../../kvtide/v1/StatsResponse.js';

export interface WorkerClient extends grpc.Client {
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
  
  GetPages(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_GetPageRequest, _kvtide_v1_GetPageResponse__Output>;
  GetPages(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_GetPageRequest, _kvtide_v1_GetPageResponse__Output>;
  getPages(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_GetPageRequest, _kvtide_v1_GetPageResponse__Output>;
  getPages(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_GetPageRequest, _kvtide_v1_GetPageResponse__Output>;
  
  PutPages(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_PutPageRequest, _kvtide_v1_PutPageResponse__Output>;
  PutPages(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_PutPageRequest, _kvtide_v1_PutPageResponse__Output>;
  putPages(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_PutPageRequest, _kvtide_v1_PutPageResponse__Output>;
  putPages(options?: grpc.CallOptions): grpc.ClientDuplexStream<_kvtide_v1_PutPageRequest, _kvtide_v1_PutPageResponse__Output>;
  
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
  Decode: grpc.handleBidiStreamingCall<_kvtide_v1_DecodeRequest__Output, _kvtide_v1_DecodeResponse>;
  
  Explain: grpc.handleUnaryCall<_kvtide_v1_ExplainRequest__Output, _kvtide_v1_ExplainResponse>;
  
  GetPages: grpc.handleBidiStreamingCall<_kvtide_v1_GetPageRequest__Output, _kvtide_v1_GetPageResponse>;
  
  PutPages: grpc.handleBidiStreamingCall<_kvtide_v1_PutPageRequest__Output, _kvtide_v1_PutPageResponse>;
  
  Stats: grpc.handleUnaryCall<_kvtide_v1_StatsRequest__Output, _kvtide_v1_StatsResponse>;
  
}

export interface WorkerDefinition extends grpc.ServiceDefinition {
  Decode: MethodDefinition<_kvtide_v1_DecodeRequest, _kvtide_v1_DecodeResponse, _kvtide_v1_DecodeRequest__Output, _kvtide_v1_DecodeResponse__Output>
  Explain: MethodDefinition<_kvtide_v1_ExplainRequest, _kvtide_v1_ExplainResponse, _kvtide_v1_ExplainRequest__Output, _kvtide_v1_ExplainResponse__Output>
  GetPages: MethodDefinition<_kvtide_v1_GetPageRequest, _kvtide_v1_GetPageResponse, _kvtide_v1_GetPageRequest__Output, _kvtide_v1_GetPageResponse__Output>
  PutPages: MethodDefinition<_kvtide_v1_PutPageRequest, _kvtide_v1_PutPageResponse, _kvtide_v1_PutPageRequest__Output, _kvtide_v1_PutPageResponse__Output>
  Stats: MethodDefinition<_kvtide_v1_StatsRequest, _kvtide_v1_StatsResponse, _kvtide_v1_StatsRequest__Output, _kvtide_v1_StatsResponse__Output>
}
