import { parse } from 'yaml';
import { z } from 'zod';
import { readProjectFile } from '../house/projectFiles.js';

const command = z.array(z.string());
const service = z.object({
  image: z.string(),
  build: z.string(),
  command,
  networks: z.array(z.string()),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: command.optional(), disable: z.boolean().optional() }).optional(),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  profiles: z.array(z.string()).default([]),
  ulimits: z.object({ memlock: z.number() }).optional(),
});

export type ComposeService = z.output<typeof service>;

/** docker-compose.yml, with its anchors resolved. */
export function readCompose() {
  const file = z.object({
    services: z.record(z.string(), service),
    networks: z.record(z.string(), z.unknown()),
    volumes: z.record(z.string(), z.unknown()),
  });
  return file.parse(parse(readProjectFile('docker-compose.yml'), { merge: true }));
}

/** The value of a flag in a command, or null. */
export function flagValue({ command: words }: Pick<ComposeService, 'command'>, flag: string): string | null {
  const at = words.indexOf(flag);
  return at < 0 ? null : (words[at + 1] ?? null);
}

/** `host:port` as its parts. */
export function hostAndPort(address: string | null): { host: string; port: string } {
  const [host = '', port = ''] = (address ?? '').split(':');
  return { host, port };
}
