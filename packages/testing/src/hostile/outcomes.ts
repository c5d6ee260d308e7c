import type { Supports } from '../host.js'
import type { Answered, Outcome } from './case.js'

/** The peer broke the protocol: by the RFC's code, on the wire too where the transport can. */
export function violation(code: 1002 | 1007 | 1009): (supports: Supports) => Outcome {
  return (supports) => (supports.violationCodes || code !== 1002 ? toldApart(code, supports) : UNTOLD)
}

/** The same, by a close frame: a transport that tells nothing of it takes it for one without a code, and answers. */
export function badClose(code: 1002 | 1007): (supports: Supports) => Outcome {
  return (supports) => (supports.violationCodes ? toldApart(code, supports) : { ...UNTOLD, wire: 'empty' })
}

function toldApart(code: number, { violationFrame }: Supports): Outcome {
  return {
    wire: violationFrame ? code : 'cut',
    info: { code, reason: '', by: 'server', clean: false, wireCode: violationFrame ? code : undefined },
    errors: ['LINKSPAN_VIOLATION'],
    handled: [],
  }
}

/** What remains to be seen of a violation where the transport does not tell which it was. */
const UNTOLD: Outcome = {
  wire: 'cut',
  info: { code: 1006, reason: '', by: 'network', clean: false, wireCode: undefined },
  handled: [],
}

/** The peer closed, and was answered. */
export function byPeer(code: number, reason = ''): (supports: Supports) => Outcome {
  return ({ allPeerCodes }) => {
    const lost = !allPeerCodes && ((code >= 1012 && code <= 1014) || (code >= 3000 && code <= 3999))
    // Such a transport answers with a close frame without a code, and tells of the end of the network.
    if (lost) return { wire: 'empty', info: byNetwork }
    return {
      wire: code === 1005 ? 'empty' : code,
      info: { code, reason, by: 'peer', clean: true, wireCode: code },
    }
  }
}

/** The socket ended without a close frame. */
export const byNetwork: NonNullable<Outcome['info']> = {
  code: 1006,
  reason: '',
  by: 'network',
  clean: false,
  wireCode: undefined,
}

/** We closed; `answered`: with an answer of the peer. */
export function byServer(
  code: number,
  reason: string,
  answered: boolean,
): (supports: Supports) => NonNullable<Outcome['info']> {
  return ({ closeAnswer }) => ({
    code,
    reason,
    by: 'server',
    clean: answered || !closeAnswer,
    wireCode: code,
  })
}

/** Refused by the application, before the 101. */
export function refused(status: number, code: number, reason = ''): Outcome {
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    info: { code, reason, by: 'server', clean: false, wireCode: undefined },
  }
}

/** Refused before it reached the application. */
export function malformed(status: number, headers: Readonly<Record<string, string>> = {}): Outcome {
  return { status, headers: { ...headers, 'content-type': 'application/problem+json' } }
}

/** An HTTP parser decides: as the RFC has it; one that is a server's own may also do what is told of it here. */
export function parsed(
  answered: Answered | readonly Answered[],
  ...own: readonly Answered[]
): (supports: Supports) => Outcome {
  return ({ malformedHttp }) => ({ answered: malformedHttp ? answered : [answered, own].flat() })
}
