import { describe, expect, it } from 'vitest';
import { checkProtocol, ownProtocol } from '../../src/rpc/protocolCheck.js';

describe('checkProtocol', () => {
  it('takes another minor and refuses another major, naming both', () => {
    const { major = 0, minor = 0, build = '' } = ownProtocol();
    checkProtocol({ major, minor: minor + 1, build: 'x' }, 'the worker');
    expect(() => checkProtocol({ major: major + 1, minor: 4, build: '9.9' }, 'the worker')).toThrow(
      `the worker speaks protocol ${major + 1}.4 (build 9.9), this side ${major}.${minor} (build ${build})`,
    );
    expect(() => checkProtocol(null, 'the worker')).toThrow('the first message of the worker');
  });
});
