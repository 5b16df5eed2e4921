import koffi from 'koffi';

const solSocket = 1;
const sendBuffer = 7;
const receiveBuffer = 8;

type SetOption = (fd: number, level: number, name: number, value: Int32Array, length: number) => number;

let setOption: SetOption | null | undefined;

/**
 * Asks the kernel for send and receive buffers of so many bytes each; it gives at most net.core.wmem_max and
 * rmem_max. Node has no word for this but for UDP. Advice only: false where it could not be set.
 */
export function setSocketBuffers(fd: number, bytes: number): boolean {
  setOption ??= load();
  if (setOption === null || fd < 0) return false;
  const value = Int32Array.of(bytes);
  const sent = setOption(fd, solSocket, sendBuffer, value, value.byteLength);
  const received = setOption(fd, solSocket, receiveBuffer, value, value.byteLength);
  return sent === 0 && received === 0;
}

/** Linux numbers above, so nothing elsewhere. */
function load(): SetOption | null {
  if (process.platform !== 'linux') return null;
  return koffi.load(null).func('int setsockopt(int, int, int, const int32_t *, uint32_t)');
}
