/*===- generate.c - text that goes on, from C -------------------*- C -*-===*\
|*
|* Part of the Tenon project, under the Apache License v2.0.
|* SPDX-License-Identifier: Apache-2.0
|*
|*===----------------------------------------------------------------------===*|
|*
|* cc generate.c -ltenon -o generate
|* ./generate model.tenon "The old river" " And then"
|*
|* Prints a text as it comes; each further argument comes behind what there is
|* then, and is gone on from. An interrupt ends the text that is being made.
|*
\*===----------------------------------------------------------------------===*/

#include <tenon/tenon.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Prints what is wrong and ends the program, if anything is. */
static void check(tenon_status *status) {
  if (!status)
    return;
  fprintf(stderr, "generate: error: %s\n", tenon_status_message(status));
  if (*tenon_status_notes(status))
    fprintf(stderr, "%s\n", tenon_status_notes(status));
  int code = tenon_status_code(status);
  tenon_status_free(status);
  exit(code);
}

static volatile sig_atomic_t interrupted;

static void interrupt(int number) {
  (void)number;
  interrupted = 1;
}

/* What the tokens of a text add up to. */
typedef struct {
  double log_probability;
  unsigned long tokens;
} total;

static int token(void *user, const tenon_token *made) {
  total *sum = user;
  sum->log_probability += made->log_probability;
  ++sum->tokens;
  fwrite(made->text, 1, made->text_size, stdout);
  fflush(stdout);
  return interrupted; /* not 0 ends the text */
}

/* The request that stands for a text; enough for a shell's arguments. */
static char *makeRequest(const char *text) {
  static const char
      head[] = "{\"inputs\": \"",
      tail[] =
          "\", \"parameters\": {\"do_sample\": false, \"max_new_tokens\": 9}}";
  char *request = malloc(2 * strlen(text) + sizeof(head) + sizeof(tail));
  strcpy(request, head);
  char *at = request + strlen(request);
  for (; *text; ++text) {
    if (*text == '"' || *text == '\\')
      *at++ = '\\';
    *at++ = *text;
  }
  strcpy(at, tail);
  return request;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: generate MODEL TEXT...\n");
    return 2;
  }
  tenon_instance *instance;
  tenon_model *model;
  tenon_session *session;
  tenon_generator *generator = NULL;
  check(tenon_instance_create(NULL, &instance));
  check(tenon_model_open(instance, argv[1], NULL, &model));
  check(tenon_session_create(model, NULL, &session));
  signal(SIGINT, interrupt);
  for (int i = 2; i < argc; ++i) {
    char *request = makeRequest(argv[i]);
    if (!generator)
      check(tenon_generator_create(session, request, strlen(request), NULL, 0,
                                   &generator));
    else
      check(tenon_generator_continue(generator, request, strlen(request), NULL,
                                     0));
    free(request);
    printf("%s", argv[i]);
    total sum = {0, 0};
    tenon_status *status = tenon_generator_run(generator, token, &sum);
    printf("\n");
    if (status && interrupted) { /* That is no error here. */
      tenon_status_free(status);
      break;
    }
    check(status);
    printf("%lu tokens, log-probability %.3f\n", sum.tokens,
           sum.log_probability);
  }
  tenon_response *response;
  check(tenon_generator_result(generator, &response));
  printf("%s\n", tenon_response_json(response));
  tenon_response_free(response);
  tenon_generator_free(generator);
  tenon_session_release(session);
  tenon_model_release(model);
  tenon_instance_release(instance);
  return 0;
}
