import type { EtcdOptions } from '../etcd.ts';

/** Why one endpoint could not be read. */
export type Failure =
  | { readonly kind: 'timeout'; readonly ms: number }
  | { readonly kind: 'transport'; readonly code: string; readonly detail: string }
  | { readonly kind: 'not-etcd'; readonly status: number; readonly contentType: string; readonly body: string }
  | { readonly kind: 'v2-only'; readonly version: string }
  | { readonly kind: 'gateway-off'; readonly version: string }
  /** etcd answered with an error; `code` is the gRPC status. */
  | { readonly kind: 'etcd'; readonly code: number; readonly message: string };

type Words = { readonly message: string; readonly hint: string };

/** gRPC status 14: no leader, or the server is stopping. Another member may be well. */
const UNAVAILABLE = 14;

/** True where every member of the cluster would say the same, so the next endpoint need not be asked. */
export const isDefinitive = (failure: Failure): boolean => failure.kind === 'etcd' && failure.code !== UNAVAILABLE;

/** One line and one hint per failure; the endpoint is named, secrets never are. */
export function describeFailure(failure: Failure, endpoint: string, options: EtcdOptions): Words {
  switch (failure.kind) {
    case 'timeout':
      return {
        message: `etcd ${endpoint} did not answer within ${(failure.ms / 1000).toFixed(1)} s`,
        hint: 'a firewall may drop the packets, or etcd has lost its quorum: etcdctl endpoint health',
      };
    case 'transport':
      return describeTransport(failure.code, failure.detail, endpoint, options);
    case 'not-etcd':
      return describeStranger(failure, endpoint);
    case 'v2-only':
      return {
        message: `etcd ${endpoint} is version ${failure.version} and has only the v2 API`,
        hint: 'flanneld reads v3 only since v0.18; copy the keys into the cluster file, or upgrade etcd',
      };
    case 'gateway-off':
      return {
        message: `etcd ${endpoint} (version ${failure.version}) has no JSON gateway`,
        hint: 'it runs with --enable-grpc-gateway=false, or this is not its client port (2379)',
      };
    case 'etcd':
      return describeAnswer(failure.message, endpoint, options);
  }
}

function describeStranger(failure: Extract<Failure, { kind: 'not-etcd' }>, endpoint: string): Words {
  if (/HTTP request to an HTTPS server/i.test(failure.body)) return wantsHttps(endpoint);
  const what = /html/i.test(failure.contentType) || /^\s*</.test(failure.body) ? 'an HTML page' : 'something else';
  return {
    message: `${endpoint} is not an etcd: HTTP ${failure.status}, ${what}`,
    hint: "give etcd's client address, port 2379 by default (2380 is for its peers)",
  };
}

const wantsHttps = (endpoint: string): Words => ({
  message: `etcd ${endpoint} speaks TLS only`,
  hint: `write ${endpoint.replace('http:', 'https:')}`,
});

const UNKNOWN_CA =
  /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT)$/;

function describeTransport(code: string, detail: string, endpoint: string, options: EtcdOptions): Words {
  const ca = options.caFile;
  if (UNKNOWN_CA.test(code)) {
    return {
      message: `the certificate of etcd ${endpoint} is signed by no CA known here (${code})`,
      hint: ca === undefined ? "give the cluster's CA as caFile (flanneld's --etcd-cafile)" : `${ca} did not sign it`,
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      message: `the certificate of etcd ${endpoint} is for another name: ${/Reason: (.*)$/.exec(detail)?.[1] ?? detail}`,
      hint: 'use a name or address that its subjectAltName lists',
    };
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const state = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet';
    return { message: `the certificate of etcd ${endpoint} ${state}`, hint: 'renew it, or look at this clock' };
  }
  if (
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code) ||
    /wrong version number|packet length too long/i.test(detail)
  ) {
    return { message: `etcd ${endpoint} does not speak TLS`, hint: `write ${endpoint.replace('https:', 'http:')}` };
  }
  // etcd refuses a client certificate after the handshake of TLS 1.3: as an alert, or as a closed connection.
  if (/ALERT/.test(code) || (endpoint.startsWith('https:') && /^(ECONNRESET|EPIPE|EPROTO)$/.test(code))) {
    return {
      message: `etcd ${endpoint} closed the TLS connection (${code})`,
      hint:
        options.certFile === undefined
          ? "it asks for a client certificate: give certFile and keyFile (flanneld's --etcd-certfile, --etcd-keyfile)"
          : `it does not accept the client certificate ${options.certFile}: its --trusted-ca-file must have signed it, for client use`,
    };
  }
  return describeNetwork(code, detail, endpoint);
}

function describeNetwork(code: string, detail: string, endpoint: string): Words {
  switch (code) {
    case 'ECONNREFUSED':
      return {
        message: `etcd ${endpoint} refused the connection`,
        hint: 'is etcd running there? its default client port is 2379',
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        message: `the name of etcd ${endpoint} cannot be resolved (${code})`,
        hint: 'check the spelling, or give its address',
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return {
        message: `etcd ${endpoint} cannot be reached (${code})`,
        hint: 'there is no route to it from this machine',
      };
    case 'ECONNRESET':
      return {
        message: `etcd ${endpoint} closed the connection`,
        hint: `if it speaks TLS only, write ${endpoint.replace('http:', 'https:')}`,
      };
    default:
      return { message: `etcd ${endpoint} cannot be read: ${detail}`, hint: 'check endpoint and port' };
  }
}

function describeAnswer(text: string, endpoint: string, options: EtcdOptions): Words {
  const said = text.replace(/^etcdserver: /, '');
  if (/user name is empty/.test(said)) {
    return {
      message: `etcd ${endpoint} asks for a user`,
      hint: "give username and password (flanneld's --etcd-username, --etcd-password); the JSON gateway takes no user from a certificate's name",
    };
  }
  if (/authentication failed|user name not found/.test(said)) {
    return {
      message: `etcd ${endpoint} does not accept user ${options.username} with this password`,
      hint: 'try it: etcdctl --user NAME endpoint status',
    };
  }
  if (/permission denied/.test(said)) {
    return {
      message: `etcd ${endpoint} denies user ${options.username ?? '(none)'} to read ${options.prefix}/`,
      hint: `etcdctl role grant-permission ROLE --prefix=true read ${options.prefix}/`,
    };
  }
  return { message: `etcd ${endpoint} answers: ${said}`, hint: 'etcdctl endpoint health tells more' };
}
