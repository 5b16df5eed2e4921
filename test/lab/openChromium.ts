import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/**
 * Debian's Chromium, headless.
 * @throws Error where it is not installed: a test that cannot see the page has not passed.
 */
export async function openChromium(): Promise<Browser> {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'chromium'));
  const executablePath = places.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error('chromium is missing; install it with "apt-get install chromium", as .ci/run does');
  }
  // Its sandbox refuses to start for root, as in containers.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
