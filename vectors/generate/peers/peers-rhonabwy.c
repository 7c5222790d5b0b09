/*
 * librhonabwy (GnuTLS, nettle) as an interop peer.
 *
 *   peers-rhonabwy make|open < jobs.json
 *
 * The jobs are as in peers.py. Build with
 *   cc peers-rhonabwy.c $(pkg-config --cflags --libs librhonabwy liborcania jansson)
 */
#include <stdio.h>
#include <string.h>
#include <jansson.h>
#include <orcania.h>
#include <rhonabwy.h>

static const char *make(json_t *job, json_t *result)
{
    const char *error = NULL;
    json_t *key = json_object_get(job, "key");
    json_t *jwk = json_object_get(key, "jwk_public");
    json_t *header = json_object_get(job, "header");
    jwk_t *pub = NULL;
    const char *text = json_string_value(json_object_get(job, "plaintext_b64"));
    struct _o_datum plain = {0, NULL};
    jwe_t *jwe = NULL;
    char *token = NULL;

    if (jwk == NULL)
        jwk = json_object_get(key, "jwk");
    if (strlen(text) && !o_base64url_decode_alloc((const unsigned char *)text, strlen(text), &plain))
        return "cannot decode the plaintext";
    r_jwe_init(&jwe);
    r_jwk_init(&pub);
    /*
     * The key goes straight to r_jwe_serialize. With r_jwe_add_keys the
     * library picks it by the header's kid, and for dir, when no key has that
     * kid, encrypts under a random key that nobody learns.
     */
    if (r_jwk_import_from_json_t(pub, jwk) != RHN_OK)
        error = "r_jwk_import_from_json_t failed";
    else if (r_jwe_set_full_header_json_t(jwe, header) != RHN_OK)
        error = "r_jwe_set_full_header_json_t failed";
    else if (r_jwe_set_payload(jwe, plain.size ? plain.data : (const unsigned char *)"", plain.size) != RHN_OK)
        error = "r_jwe_set_payload failed";
    else if ((token = r_jwe_serialize(jwe, pub, R_FLAG_IGNORE_REMOTE)) == NULL)
        error = "r_jwe_serialize failed";
    else
        json_object_set_new(result, "token", json_string(token));
    r_free(token);
    r_jwk_free(pub);
    r_jwe_free(jwe);
    o_free(plain.data);
    return error;
}

static const char *open_token(json_t *job, json_t *result)
{
    const char *error = NULL;
    json_t *key = json_object_get(job, "key");
    json_t *jwk = json_object_get(key, "jwk_private");
    jwe_t *jwe = NULL;
    jwk_t *priv = NULL;
    const unsigned char *payload;
    size_t len = 0;
    struct _o_datum out = {0, NULL};

    if (jwk == NULL)
        jwk = json_object_get(key, "jwk");
    r_jwe_init(&jwe);
    r_jwk_init(&priv);
    if (r_jwe_advanced_compact_parse(jwe, json_string_value(json_object_get(job, "token")), R_PARSE_NONE,
                                     R_FLAG_IGNORE_REMOTE) != RHN_OK)
        error = "r_jwe_advanced_compact_parse failed";
    else if (r_jwk_import_from_json_t(priv, jwk) != RHN_OK)
        error = "r_jwk_import_from_json_t failed";
    else if (r_jwe_decrypt(jwe, priv, R_FLAG_IGNORE_REMOTE) != RHN_OK)
        error = "r_jwe_decrypt failed";
    else {
        payload = r_jwe_get_payload(jwe, &len);
        if (len && !o_base64url_encode_alloc(payload, len, &out))
            error = "cannot encode the plaintext";
        else
            json_object_set_new(result, "plaintext_b64",
                                json_stringn(len ? (const char *)out.data : "", out.size));
    }
    o_free(out.data);
    r_jwk_free(priv);
    r_jwe_free(jwe);
    return error;
}

int main(int argc, char **argv)
{
    json_t *jobs, *job, *out = json_array();
    size_t i;

    if (argc != 2 || (strcmp(argv[1], "make") && strcmp(argv[1], "open"))) {
        fprintf(stderr, "verb must be make or open\n");
        return 2;
    }
    r_global_init();
    jobs = json_loadf(stdin, 0, NULL);
    if (!json_is_array(jobs)) {
        fprintf(stderr, "no JSON list on standard input\n");
        return 2;
    }
    json_array_foreach(jobs, i, job) {
        json_t *result = json_object();
        const char *error;

        json_object_set(result, "id", json_object_get(job, "id"));
        error = argv[1][0] == 'm' ? make(job, result) : open_token(job, result);
        if (error)
            json_object_set_new(result, "error", json_string(error));
        json_array_append_new(out, result);
    }
    json_dumpf(out, stdout, JSON_COMPACT);
    json_decref(out);
    json_decref(jobs);
    r_global_close();
    return 0;
}
