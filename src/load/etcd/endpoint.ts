/** One etcd server. `name` is what messages call it. */
export type Endpoint = { readonly ok: true; readonly url: URL; readonly name: string };

type Refusal = { readonly ok: false; readonly message: string; readonly hint: string };

/** `http://10.0.0.1:2379`, or without a scheme: https where certificates are given. */
export function parseEndpoint(
  text: string,
  tls: { readonly caFile?: string; readonly certFile?: string },
): Endpoint | Refusal {
  const scheme = tls.caFile === undefined && tls.certFile === undefined ? 'http' : 'https';
  const whole = text.trim().includes('://') ? text.trim() : `${scheme}://${text.trim()}`;
  const hint = 'write http://HOST:PORT or https://HOST:PORT; etcd listens for clients on port 2379';
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  // The text is not repeated where it may hold a password.
  if (url && (url.username !== '' || url.password !== '')) {
    return {
      ok: false,
      message: `etcd endpoint ${url.host} carries credentials in its URL`,
      hint: 'give them as username and password',
    };
  }
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    return { ok: false, message: `not an etcd endpoint: ${text.includes('@') ? '(text with @)' : text}`, hint };
  }
  return { ok: true, url, name: `${url.protocol}//${url.host}` };
}
