import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';

/** The contents of the PEM files, as node:https takes them. */
export type TlsFiles = { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };

type Names = { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
type Refusal = { readonly ok: false; readonly message: string; readonly hint: string };
type Loaded = { readonly ok: true; readonly files: TlsFiles } | Refusal;

/** Each kind of file is parsed by itself first, because OpenSSL's own errors do not say which file they are about. */
const kinds = {
  ca: { title: 'etcd CA file', flag: '--etcd-cafile', check: (pem: Buffer) => new X509Certificate(pem) },
  cert: { title: 'etcd client certificate', flag: '--etcd-certfile', check: (pem: Buffer) => new X509Certificate(pem) },
  key: { title: 'etcd client key', flag: '--etcd-keyfile', check: (pem: Buffer) => createPrivateKey(pem) },
} as const;

const refuse = (message: string, hint: string): Refusal => ({ ok: false, message, hint });

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user',
  EISDIR: 'is a directory',
};

async function readPem(kind: keyof typeof kinds, file: string): Promise<Buffer | Refusal> {
  const { title, flag, check } = kinds[kind];
  let pem: Buffer;
  try {
    pem = await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    return refuse(`${title} ${file} ${reasons[code] ?? `cannot be read (${code})`}`, `flanneld's ${flag} names it`);
  }
  try {
    check(pem);
    return pem;
  } catch {
    const want = kind === 'key' ? 'an unencrypted PEM private key' : 'a PEM certificate';
    return refuse(
      `${title} ${file} is not ${want}`,
      `look at it with openssl ${kind === 'key' ? 'pkey' : 'x509'} -noout -text`,
    );
  }
}

/** Reads and tries the certificate files; a CA alone is enough for an etcd that asks for no client certificate. */
export async function readTlsFiles(names: Names): Promise<Loaded> {
  if ((names.certFile === undefined) !== (names.keyFile === undefined)) {
    const [given, missing] = names.certFile === undefined ? ['key', 'certificate'] : ['certificate', 'key'];
    return refuse(`an etcd client ${given} is given without its ${missing}`, 'certFile and keyFile go together');
  }
  const files: { ca?: Buffer; cert?: Buffer; key?: Buffer } = {};
  for (const [kind, file] of [
    ['ca', names.caFile],
    ['cert', names.certFile],
    ['key', names.keyFile],
  ] as const) {
    if (file === undefined) continue;
    const pem = await readPem(kind, file);
    if ('ok' in pem) return pem;
    files[kind] = pem;
  }
  try {
    createSecureContext(files);
  } catch {
    return refuse(
      `etcd client key ${names.keyFile} does not belong to certificate ${names.certFile}`,
      'openssl x509 -noout -pubkey and openssl pkey -pubout must print the same',
    );
  }
  return { ok: true, files };
}
