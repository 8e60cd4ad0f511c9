import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Failure } from './failure.ts';
import type { TlsFiles } from './tls.ts';

export type Answer = { readonly status: number; readonly contentType: string; readonly body: string };
export type Exchange =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly failure: Failure };
export type Question = {
  readonly path: string;
  /** Absent: GET. Present: POST as JSON. */
  readonly body?: unknown;
  readonly token?: string;
  readonly timeoutMs: number;
};
export type Connection = { readonly ask: (question: Question) => Promise<Exchange>; readonly close: () => void };

/** A page of 1,000 flannel leases is about 300 KB; whatever sends far more is no etcd, or not a prefix to read here. */
const MAX_BODY = 256 * 1024 * 1024;

/** Kept-alive connections to one server. `close` ends them, or they would keep the process alive. */
export function connect(url: URL, files: TlsFiles): Connection {
  const secure = url.protocol === 'https:';
  const agent = secure ? new HttpsAgent({ keepAlive: true, ...files }) : new HttpAgent({ keepAlive: true });
  const ask = (question: Question): Promise<Exchange> =>
    new Promise((resolve) => {
      const text = question.body === undefined ? undefined : JSON.stringify(question.body);
      const signal = AbortSignal.timeout(Math.max(1, Math.ceil(question.timeoutMs)));
      const fail = (error: NodeJS.ErrnoException) => {
        const timedOut = signal.aborted || error.code === 'ETIMEDOUT';
        resolve({
          ok: false,
          failure: timedOut ? { kind: 'timeout', ms: question.timeoutMs } : transportFailure(error),
        });
      };
      const request = (secure ? httpsRequest : httpRequest)(
        new URL(question.path, url),
        {
          agent,
          signal,
          method: text === undefined ? 'GET' : 'POST',
          headers: {
            ...(text === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
            ...(question.token === undefined ? {} : { authorization: question.token }),
          },
        },
        (response) => collect(response).then((answer) => resolve({ ok: true, answer }), fail),
      );
      request.on('error', fail);
      request.end(text);
    });
  return { ask, close: () => agent.destroy() };
}

async function collect(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error(`the answer is longer than ${MAX_BODY} bytes`);
    chunks.push(chunk);
  }
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function transportFailure(error: NodeJS.ErrnoException): Failure {
  // A name with several addresses fails with one error per address (happy eyeballs); the first one says enough.
  const [inner] = error instanceof AggregateError ? (error.errors as NodeJS.ErrnoException[]) : [];
  const cause = inner ?? error;
  return { kind: 'transport', code: cause.code ?? error.code ?? '', detail: cause.message };
}
