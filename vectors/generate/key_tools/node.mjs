// rsa2048-a as Node's crypto and WebCrypto write it.
import crypto from 'node:crypto'; import fs from 'node:fs';
const k=crypto.createPrivateKey(fs.readFileSync(process.argv[2])); const p=crypto.createPublicKey(k);
const out={};
out.node_pkcs8=k.export({type:'pkcs8',format:'pem'}); out.node_pkcs1=k.export({type:'pkcs1',format:'pem'});
out.node_spki=p.export({type:'spki',format:'pem'}); out.node_pkcs1pub=p.export({type:'pkcs1',format:'pem'});
out.node_jwk_private=JSON.stringify(k.export({format:'jwk'})); out.node_jwk_public=JSON.stringify(p.export({format:'jwk'}));
const alg={name:'RSA-OAEP',hash:'SHA-256'};
const sk=await crypto.webcrypto.subtle.importKey('pkcs8',k.export({type:'pkcs8',format:'der'}),alg,true,['decrypt']);
const pk=await crypto.webcrypto.subtle.importKey('spki',p.export({type:'spki',format:'der'}),alg,true,['encrypt']);
out.webcrypto_jwk_private=JSON.stringify(await crypto.webcrypto.subtle.exportKey('jwk',sk));
out.webcrypto_jwk_public=JSON.stringify(await crypto.webcrypto.subtle.exportKey('jwk',pk));
out.webcrypto_spki=Buffer.from(await crypto.webcrypto.subtle.exportKey('spki',pk)).toString('base64');
out.webcrypto_pkcs8=Buffer.from(await crypto.webcrypto.subtle.exportKey('pkcs8',sk)).toString('base64');
const ps=await crypto.webcrypto.subtle.importKey('spki',p.export({type:'spki',format:'der'}),{name:'RSA-PSS',hash:'SHA-256'},true,['verify']);
out.webcrypto_pss_public=JSON.stringify(await crypto.webcrypto.subtle.exportKey('jwk',ps));
const oct=await crypto.webcrypto.subtle.importKey('raw',Buffer.from('0c0bd6d58627fb65b4dfda61da883846b4be40f3a696d0555c6095f3c8055b29','hex'),'AES-GCM',true,['encrypt','decrypt']);
out.webcrypto_oct=JSON.stringify(await crypto.webcrypto.subtle.exportKey('jwk',oct));
console.log(JSON.stringify(out,null,1));
