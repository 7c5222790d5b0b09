#!/usr/bin/env bash
# Lets openssl, ssh-keygen and keytool write rsa2048-a in their formats, and tries each command that an error text of
# the crate names. Called by ../key_tools.py in an empty folder that has a.pem.
set -euo pipefail

openssl rsa -in a.pem -traditional -out pkcs1.pem
openssl pkey -in a.pem -outform DER -out pkcs8.der
openssl pkey -in a.pem -pubout -out openssl_spki.pem
openssl pkey -in a.pem -pubout -outform DER -out openssl_spki.der
openssl rsa -in a.pem -RSAPublicKey_out -out openssl_pkcs1pub.pem
openssl pkey -in a.pem -text -pubout -out openssl_text_pub.pem
openssl pkey -in a.pem -pubout -outform DER | openssl base64 -A > spki.b64
openssl pkey -in a.pem -pubout -outform DER | openssl base64 > spki_lines.b64
openssl pkey -in a.pem -aes256 -passout pass:password -out enc.pem
openssl rsa -in a.pem -traditional -aes128 -passout pass:password -out enc1.pem
openssl pkey -in enc.pem -passin pass:password -out plain.pem; cmp plain.pem a.pem
openssl pkey -in enc1.pem -passin pass:password -out plain1.pem; cmp plain1.pem a.pem
openssl req -new -key a.pem -subj "/CN=rsa2048-a" -out req.pem
openssl req -in req.pem -outform DER -out req.der
openssl req -in req.pem -pubkey -noout > req_pub.pem; cmp req_pub.pem openssl_spki.pem
openssl req -inform DER -in req.der -pubkey -noout > req_pub2.pem; cmp req_pub2.pem openssl_spki.pem
openssl req -x509 -key a.pem -subj "/C=XX/O=Test/CN=rsa2048-a" -days 3650 -set_serial 1 -out cert.pem
openssl x509 -in cert.pem -outform DER -out cert.der
openssl x509 -in cert.pem -text -out cert_text.pem
openssl x509 -in cert.pem -trustout -addtrust serverAuth -out cert_trusted.pem
openssl x509 -in cert.pem -pubkey -noout > cert_pub.pem; cmp cert_pub.pem openssl_spki.pem
openssl x509 -in req.pem -req -signkey a.pem -days 3650 -set_serial 0x7fffffffffffffffffffffffffffffffffffffff -out cert_v1.pem
openssl ecparam -name prime256v1 -genkey -noout -out ec.pem
openssl pkcs8 -topk8 -nocrypt -in ec.pem -out ec8.pem
openssl req -x509 -key ec8.pem -subj "/CN=ec" -days 3650 -set_serial 2 -out cert_ec.pem
openssl pkcs12 -export -inkey a.pem -in cert.pem -passout pass:password -name a -out a.p12
openssl pkcs12 -in a.p12 -passin pass:password -nodes -out p12_all.pem
openssl pkcs12 -in a.p12 -passin pass:password -nodes -nocerts -out p12_key.pem
openssl pkcs12 -in a.p12 -passin pass:password -nokeys -clcerts -out p12_cert.pem
openssl ecparam -name prime256v1 -genkey -out ec_with_params.pem
# ssh-keygen
cp a.pem ssh; chmod 600 ssh; ssh-keygen -q -p -P '' -N '' -f ssh; cp ssh openssh.pem
ssh-keygen -y -f ssh > ssh.pub
cp ssh ssh1; cp ssh.pub ssh1.pub; ssh-keygen -q -p -P '' -N '' -m PEM -f ssh1; cmp ssh1 pkcs1.pem
cp ssh ssh2; ssh-keygen -q -p -P '' -N '' -m PKCS8 -f ssh2; cmp ssh2 a.pem
ssh-keygen -e -m PKCS8 -f ssh.pub > ssh_spki.pem; cmp ssh_spki.pem openssl_spki.pem
ssh-keygen -e -m PEM -f ssh.pub > ssh_pkcs1pub.pem; cmp ssh_pkcs1pub.pem openssl_pkcs1pub.pem
ssh-keygen -e -f ssh.pub > ssh_rfc4716.pub
# keytool
keytool -importkeystore -srckeystore a.p12 -srcstoretype PKCS12 -srcstorepass password -destkeystore a.jks -deststoretype JKS -deststorepass password -destkeypass password
keytool -importkeystore -srckeystore a.p12 -srcstoretype PKCS12 -srcstorepass password -destkeystore a.jceks -deststoretype JCEKS -deststorepass password -destkeypass password
keytool -importkeystore -srckeystore a.jks -srcstorepass password -destkeystore out.p12 -deststoretype PKCS12 -deststorepass password
keytool -importkeystore -srckeystore a.jceks -srcstoretype JCEKS -srcstorepass password -destkeystore out2.p12 -deststoretype PKCS12 -deststorepass password
openssl pkcs12 -in out.p12 -passin pass:password -nodes -nocerts -out jks_key.pem
openssl pkcs12 -in out2.p12 -passin pass:password -nodes -nocerts -out jceks_key.pem
keytool -exportcert -alias a -keystore a.p12 -storepass password -rfc > kt_cert.pem
keytool -exportcert -alias a -keystore a.p12 -storepass password > kt_cert.der
keytool -certreq -alias a -keystore a.p12 -storepass password > kt_req.pem
keytool -genkeypair -alias k -keyalg RSA -keysize 2048 -dname "CN=keytool" -validity 3650 -keystore kt.p12 -storetype PKCS12 -storepass password
keytool -exportcert -alias k -keystore kt.p12 -storepass password -rfc > kt_own_cert.pem
