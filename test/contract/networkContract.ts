import { describe } from 'vitest';
import { networkRequests } from './networkRequests.js';
import { networkServers } from './networkServers.js';
import { networkStreams } from './networkStreams.js';
import { connecting, type NetworkUnderTest } from './networkUnderTest.js';

/** What every network must do. Servers listen on loopback, on a port of the network's choice. */
export function networkContract(name: string, make: () => NetworkUnderTest): void {
  describe(`${name} as a network`, () => {
    const connected = connecting(make);
    networkRequests(connected);
    networkStreams(connected);
    networkServers(connected, make);
  });
}
