// The fixed parts of a Holdfast certificate, in DER. Its form is that of the libp2p TLS handshake
// (github.com/libp2p/specs, tls/tls.md, 1.0), narrowed in two places: the certificate's key is ECDSA on P-256,
// and the identity is Ed25519.

/** The object identifier of libp2p's extension, 1.3.6.1.4.1.53594.1.1, without its header. */
export const extensionId = fromHex('2b0601040183a25a0101')
/** ecdsa-with-SHA256 (1.2.840.10045.4.3.2) as an AlgorithmIdentifier. */
export const ecdsaWithSha256 = fromHex('300a06082a8648ce3d040302')
/** What comes before the 64 bytes of the point in the SubjectPublicKeyInfo of a P-256 key, by name and uncompressed. */
export const p256InfoPrefix = fromHex('3059301306072a8648ce3d020106082a8648ce3d03010703420004')
/** Bytes of such a SubjectPublicKeyInfo. */
export const p256InfoLength = p256InfoPrefix.length + 64
/** What comes before the 32 bytes of the key in the SubjectPublicKeyInfo of an Ed25519 key (RFC 8410). */
export const ed25519InfoPrefix = fromHex('302a300506032b6570032100')
/** What comes before the 32 bytes of the key in libp2p's protobuf `PublicKey`: field 1 (type) = 1 (Ed25519), field 2 (data). */
export const libp2pKeyPrefix = fromHex('08011220')
/** What comes before the certificate's SubjectPublicKeyInfo in the message that the identity signs. */
export const signedPrefix: Uint8Array = Buffer.from('libp2p-tls-handshake:')
/** X.509 version 3. */
export const version3 = Uint8Array.of(2)
/** DER's one way to say true. */
export const derTrue = Uint8Array.of(0xff)

function fromHex(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex')
}
