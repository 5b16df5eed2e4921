import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { networkContract } from '../contract/networkContract.js';

networkContract('GrpcNetwork', () => ({
  server: new GrpcNetwork(),
  client: new GrpcNetwork(),
  run: (work) => work,
}));
