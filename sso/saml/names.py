"""Names the standards give: namespaces, elements, algorithms."""

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

RESPONSE = f"{{{SAMLP}}}Response"
LOGOUT_REQUEST = f"{{{SAMLP}}}LogoutRequest"
LOGOUT_RESPONSE = f"{{{SAMLP}}}LogoutResponse"
SESSION_INDEX = f"{{{SAMLP}}}SessionIndex"
STATUS = f"{{{SAMLP}}}Status"
STATUS_CODE = f"{{{SAMLP}}}StatusCode"
RESPONSE_CLASS = f"{SAMLP}:Response"
ISSUER = f"{{{SAML}}}Issuer"
ASSERTION = f"{{{SAML}}}Assertion"
ENCRYPTED_ASSERTION = f"{{{SAML}}}EncryptedAssertion"
SUBJECT = f"{{{SAML}}}Subject"
NAME_ID = f"{{{SAML}}}NameID"
ENCRYPTED_ID = f"{{{SAML}}}EncryptedID"
SIGNATURE = f"{{{DS}}}Signature"
SIGNED_INFO = f"{{{DS}}}SignedInfo"
SIGNATURE_VALUE = f"{{{DS}}}SignatureValue"
KEY_INFO = f"{{{DS}}}KeyInfo"
CANONICALIZATION_METHOD = f"{{{DS}}}CanonicalizationMethod"
SIGNATURE_METHOD = f"{{{DS}}}SignatureMethod"
REFERENCE = f"{{{DS}}}Reference"
TRANSFORMS = f"{{{DS}}}Transforms"
DIGEST_METHOD = f"{{{DS}}}DigestMethod"
DIGEST_VALUE = f"{{{DS}}}DigestValue"
INCLUSIVE_NAMESPACES = f"{{{EXC_C14N}}}InclusiveNamespaces"
ENCRYPTED_DATA = f"{{{XENC}}}EncryptedData"
ENCRYPTED_KEY = f"{{{XENC}}}EncryptedKey"
ENCRYPTION_METHOD = f"{{{XENC}}}EncryptionMethod"
CIPHER_DATA = f"{{{XENC}}}CipherData"
CIPHER_VALUE = f"{{{XENC}}}CipherValue"
KEY_SIZE = f"{{{XENC}}}KeySize"
OAEP_PARAMS = f"{{{XENC}}}OAEPparams"
MGF = f"{{{XENC11}}}MGF"

SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
ENTITY_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
ENCRYPTED_ELEMENT = f"{XENC}Element"

ENVELOPED = f"{DS}enveloped-signature"
EXCLUSIVE = frozenset({EXC_C14N, f"{EXC_C14N}WithComments"})

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
SIGNATURES = frozenset(
    f"{_MORE}{kind}-sha{size}" for kind in ("rsa", "ecdsa") for size in (256, 384, 512)
)
RSA_SHA256 = f"{_MORE}rsa-sha256"
SHA256 = f"{XENC}sha256"
DIGESTS = frozenset({SHA256, f"{XENC}sha512", f"{_MORE}sha384"})
CONTENT_ENCRYPTION = frozenset(
    [f"{XENC11}aes{size}-gcm" for size in (128, 192, 256)]
    + [f"{XENC}aes{size}-cbc" for size in (128, 192, 256)]
)
KEY_TRANSPORT = frozenset({f"{XENC}rsa-oaep-mgf1p", f"{XENC11}rsa-oaep"})
OAEP_DIGESTS = frozenset({f"{DS}sha1"}) | DIGESTS
OAEP_MASKS = frozenset(f"{XENC11}mgf1sha{size}" for size in (1, 224, 256, 384, 512))
