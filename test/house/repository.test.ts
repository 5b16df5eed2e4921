import { describe, expect, it } from 'vitest';
import { projectFiles, readProjectFile } from './projectFiles.js';

const texts = projectFiles((path) => !/\.(safetensors|bin|png|tgz)$/.test(path));

describe('the repository', () => {
  it('names no folder of a machine that it was written on', () => {
    const home = /(^|[^\w.])\/(home|Users|root|work)\/[\w.-]/m;
    expect(texts.filter((path) => home.test(readProjectFile(path)))).toEqual([]);
  });

  it('locks versions without addresses, so that any registry serves', () => {
    expect(readProjectFile('package-lock.json')).not.toContain('"resolved": "http');
    expect(readProjectFile('.npmrc')).toContain('omit-lockfile-registry-resolved=true');
  });

  it('installs without the open internet, from its own .npmrc', () => {
    expect(readProjectFile('.npmrc')).toContain('onnxruntime-node-install=skip');
  });
});
