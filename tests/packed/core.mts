import { type Linkspan, linkspan } from '@linkspan/core'

export const app: Linkspan<object> = linkspan()
