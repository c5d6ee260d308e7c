import { Rejection } from '@linkspan/core'

/** Why credentials were not taken. */
export type AuthFailureReason =
  /** There were none. */
  | 'missing'
  /** There were several: whose are they? */
  | 'ambiguous'
  /** They have not the form of a token or ticket, or are longer than allowed. */
  | 'malformed'
  /** Their algorithm is not allowed. */
  | 'algorithm'
  /** No key, or more than one, fits. */
  | 'key'
  | 'signature'
  | 'expired'
  /** A claim is missing or not as it should be; `claim` says which. */
  | 'claim'
  /** A ticket that was never issued, was spent, has expired, or is somebody else's. */
  | 'unknown'
  /** Keys or store cannot be had at the moment: it is not the client's fault. */
  | 'unavailable'

/**
 * One refusal, for the operator: the client is told the status alone. Never has credentials in it.
 *
 * @example
 * jwt({ secret, refused: ({ status, why, claim }) => refusals.inc({ status, why, claim }) })
 */
export interface AuthFailure {
  readonly status: 401 | 503
  readonly why: AuthFailureReason
  readonly claim?: string
  /** What the infrastructure threw. */
  readonly cause?: unknown
}

/** Hears of refusals before they are thrown. */
export type RefusalObserver = (failure: AuthFailure) => void

/** Makes refusals of one kind of credentials. */
export class Refusals {
  readonly #scheme: string
  readonly #observer: RefusalObserver | undefined

  /** `scheme` is what `WWW-Authenticate` names (RFC 9110 §11.6.1). */
  constructor(scheme: string, observer: RefusalObserver | undefined) {
    this.#scheme = scheme
    this.#observer = observer
  }

  /** 401 with nothing in it that helps to guess (RFC 6750 §3.1: no error code where there were no credentials). */
  unauthorized(why: AuthFailureReason, claim?: string): Rejection {
    this.#observer?.({ status: 401, why, ...(claim !== undefined && { claim }) })
    const challenge = why === 'missing' ? this.#scheme : `${this.#scheme} error="invalid_token"`
    return new Rejection({ status: 401, headers: { 'www-authenticate': challenge } })
  }

  /** 503: the client's credentials may well be good. `retryAfter` in seconds. */
  unavailable(cause: unknown, retryAfter: number): Rejection {
    this.#observer?.({ status: 503, why: 'unavailable', cause })
    return new Rejection({ status: 503, retryAfter })
  }
}
