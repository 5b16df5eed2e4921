/** Takes lines of text, without their ends, in their order. It never waits and never throws. */
export interface LineSink {
  /** @returns false when the line was not taken, now or ever again. */
  write(line: string): boolean;
}
