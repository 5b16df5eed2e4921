import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** A socket whose handle can be taken from it, as Node's own child_process does to send one elsewhere. */
interface HandleOwner {
  _handle?: object | null;
}

/**
 * A new socket over the connection that a server with `pauseOnConnect` has accepted, whose bytes go where
 * `onread` says. Node lets only those who dial say that; the accepting end has to move the handle, which is
 * no public interface: null, and nothing changed, where this Node has no such handle.
 */
export function directSocket(accepted: Socket, onread: OnReadOpts): Socket | null {
  const owner = accepted as HandleOwner;
  const handle = owner._handle;
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle)) return null;
  owner._handle = null;
  accepted.destroy(); // leaves the server's list of connections, and closes nothing
  return new Socket({ handle, onread } as SocketConstructorOpts);
}
