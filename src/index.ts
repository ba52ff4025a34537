export { utf8Bytes, utf8Text, type ByteString } from './core/bytes.ts'
