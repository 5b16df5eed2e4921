export interface PageCount {
  readonly pages: number;
  readonly bytes: number;
}
