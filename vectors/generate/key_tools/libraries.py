"""rsa2048-a as Python's cryptography, jwcrypto and python-rsa write it."""
import json,sys
from cryptography.hazmat.primitives import serialization as s
from jwcrypto import jwk
import rsa
k=s.load_pem_private_key(open(sys.argv[1],'rb').read(),None); p=k.public_key()
o={}
N=s.NoEncryption()
o['py_pkcs8']=k.private_bytes(s.Encoding.PEM,s.PrivateFormat.PKCS8,N).decode()
o['py_pkcs1']=k.private_bytes(s.Encoding.PEM,s.PrivateFormat.TraditionalOpenSSL,N).decode()
o['py_openssh']=k.private_bytes(s.Encoding.PEM,s.PrivateFormat.OpenSSH,N).decode()
o['py_spki']=p.public_bytes(s.Encoding.PEM,s.PublicFormat.SubjectPublicKeyInfo).decode()
o['py_pkcs1pub']=p.public_bytes(s.Encoding.PEM,s.PublicFormat.PKCS1).decode()
o['py_sshpub']=p.public_bytes(s.Encoding.OpenSSH,s.PublicFormat.OpenSSH).decode()
j=jwk.JWK.from_pem(open(sys.argv[1],'rb').read())
o['jwcrypto_private']=j.export(); o['jwcrypto_public']=j.export_public()
st=jwk.JWKSet(); st.add(j); st.add(jwk.JWK.generate(kty='EC',crv='P-256'))
o['jwcrypto_set_public']=st.export(private_keys=False)
o['jwcrypto_set_private']=st.export()
o['jwcrypto_pem_pub']=j.export_to_pem().decode()
o['jwcrypto_pem_priv']=j.export_to_pem(private_key=True,password=None).decode()
q=rsa.PrivateKey.load_pkcs1(k.private_bytes(s.Encoding.PEM,s.PrivateFormat.TraditionalOpenSSL,N))
o['rsa_pkcs1']=q.save_pkcs1().decode()
o['rsa_pkcs1pub']=rsa.PublicKey(q.n,q.e).save_pkcs1().decode()
print(json.dumps(o))
