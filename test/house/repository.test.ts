import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { projectFiles, readProjectFile } from './projectFiles.js';

const texts = projectFiles((path) => !/\.(safetensors|bin|png|tgz)$/.test(path));

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ optionalDependencies: z.record(z.string(), z.string()).default({}) }),
  ),
});

describe('the repository', () => {
  it('names no folder of a machine that it was written on', () => {
    const home = /(^|[^\w.])\/(home|Users|root|work)\/[\w.-]/m;
    expect(texts.filter((path) => home.test(readProjectFile(path)))).toEqual([]);
  });

  it('locks versions without addresses, so that any registry serves', () => {
    expect(readProjectFile('package-lock.json')).not.toContain('"resolved": "http');
    expect(readProjectFile('.npmrc')).toContain('omit-lockfile-registry-resolved=true');
  });

  it('locks the optional packages of every platform: npm ci refuses a lock that lacks one', () => {
    const { packages } = lockSchema.parse(JSON.parse(readProjectFile('package-lock.json')));
    const optional = Object.values(packages).flatMap((one) => Object.keys(one.optionalDependencies));
    const locked = Object.keys(packages);
    expect(optional.length).toBeGreaterThan(0);
    expect(optional.filter((name) => !locked.some((path) => path.endsWith(`node_modules/${name}`)))).toEqual(
      [],
    );
  });

  it('installs without the open internet, from its own .npmrc', () => {
    expect(readProjectFile('.npmrc')).toContain('onnxruntime-node-install=skip');
  });
});
