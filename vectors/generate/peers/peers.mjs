// JavaScript JOSE libraries as interop peers.
//
//   node peers.mjs PEER make|open < jobs.json
//
// PEER is panva-jose (npm jose) or node-jose. The jobs are as in peers.py.
// $PEERS_NODE_MODULES names the node_modules folder that holds the two.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'

const modules = process.env.PEERS_NODE_MODULES
const require = createRequire(pathToFileURL(join(modules, 'x.js')))
const load = async (name) => import(pathToFileURL(require.resolve(name)))

const pub = (key) => (key.kty === 'RSA' ? key.jwk_public : key.jwk)
const priv = (key) => (key.kty === 'RSA' ? key.jwk_private : key.jwk)

const peers = {
  'panva-jose': async () => {
    const jose = await load('jose')
    const secret = (key) => new Uint8Array(Buffer.from(key.hex, 'hex'))
    return {
      make: async (key, header, plaintext) =>
        new jose.CompactEncrypt(plaintext)
          .setProtectedHeader(header)
          .encrypt(key.kty === 'RSA' ? await jose.importJWK(pub(key), 'RSA-OAEP-256') : secret(key)),
      open: async (key, token) =>
        (
          await jose.compactDecrypt(
            token,
            key.kty === 'RSA' ? await jose.importJWK(priv(key), 'RSA-OAEP-256') : secret(key),
            { keyManagementAlgorithms: ['RSA-OAEP-256', 'dir'], contentEncryptionAlgorithms: ['A256GCM'] },
          )
        ).plaintext,
    }
  },
  'node-jose': async () => {
    const jose = (await load('node-jose')).default
    return {
      make: async (key, header, plaintext) =>
        // reference: false keeps the library from adding the key's
        // thumbprint as kid.
        jose.JWE.createEncrypt(
          { format: 'compact', fields: header },
          { key: await jose.JWK.asKey(pub(key)), reference: false },
        )
          .update(Buffer.from(plaintext))
          .final(),
      open: async (key, token) =>
        (
          await jose.JWE.createDecrypt(await jose.JWK.asKey(priv(key)), {
            algorithms: ['RSA-OAEP-256', 'dir', 'A256GCM'],
          }).decrypt(token)
        ).plaintext,
    }
  },
}

const [name, verb] = process.argv.slice(2)
const peer = await peers[name]()
const out = []
for (const job of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    if (verb === 'make') {
      const plaintext = new Uint8Array(Buffer.from(job.plaintext_b64, 'base64url'))
      out.push({ id: job.id, token: await peer.make(job.key, job.header, plaintext) })
    } else if (verb === 'open') {
      const plaintext = await peer.open(job.key, job.token)
      out.push({ id: job.id, plaintext_b64: Buffer.from(plaintext).toString('base64url') })
    } else {
      throw new Error('verb must be make or open')
    }
  } catch (e) {
    out.push({ id: job.id, error: `${e.name}: ${e.message}` })
  }
}
console.log(JSON.stringify(out))
