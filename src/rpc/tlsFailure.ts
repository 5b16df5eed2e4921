/** What OpenSSL says about a connection that encrypts, and what it means to who dialled. */
const meanings: readonly (readonly [RegExp, string])[] = [
  [
    /unable to (get|verify)|self.signed/,
    'its certificate is signed by none of the authorities that are trusted here',
  ],
  [/altnames/, 'its certificate is for another name'],
  [/certificate has expired/, 'its certificate has expired'],
  [/wrong version number|packet length too long/, 'it does not speak TLS'],
  [/alert (certificate required|handshake failure)/, 'it wants a certificate of this side'],
  [/alert (unknown ca|bad certificate|certificate)/, 'it does not accept the certificate of this side'],
  // Of a certificate that it looked at, in TLS 1.3, a server of Node says nothing.
  [
    /ECONNRESET|socket hang up|Socket closed|Connection dropped/,
    'it has dropped the connection; the certificate of this side may have expired, or be of another authority',
  ],
];

const droppedAtOnce = /Last error: (Failed to connect|Error: read ECONNRESET)/;

/**
 * One line about why a connection could not be made, or null where TLS is not the reason.
 * @param details what gRPC says of it.
 * @param encrypts whether this side speaks TLS.
 */
export function tlsFailure(details: string, encrypts: boolean): string | null {
  const line = details.replaceAll(/\s+/g, ' ').trim();
  if (encrypts) return meanings.find(([said]) => said.test(line))?.[1] ?? null;
  // A server that speaks TLS drops a connection that begins otherwise, without a word.
  return droppedAtOnce.test(line)
    ? 'it has dropped the connection; if it speaks TLS, this side has to as well'
    : null;
}
