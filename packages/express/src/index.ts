export type { Attachment } from '@linkspan/ws/host'
export { type AttachOptions, attach } from './attach.js'
export { native } from './native.js'
export { upgrade } from './upgrade.js'
