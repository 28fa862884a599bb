"""What servers do beside the protocol, row by row: how each quirk is played here, which test reads it, or why none.

A row is a quirk that was seen on a real server, or is documented. Its number is its name: a new one goes to the end.
`scenarios` are names on the scripted endpoint (`tests/scenarios*.py`), `tests` names of tests. A row that is not played
has a reason.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One quirk."""

    number: int
    quirk: str
    scenarios: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    reason: str = ""


def _row(number: int, quirk: str, scenarios: str = "", tests: str = "", reason: str = "") -> Row:
    return Row(number, quirk, tuple(scenarios.split()), tuple(tests.split()), reason)


READ = "test_an_answer_is_read_however_its_server_writes_it"
FAILED = "test_an_error_is_known_however_its_server_writes_it"
CHAT_TOO = "Every server seen that has it has the chat route as well, which is what is asked."
LEFT_OUT = "test_a_refused_parameter_is_left_out_said_and_remembered"

ROWS: tuple[Row, ...] = (
    _row(1, "the base URL with and without /v1, with a slash behind it, redirected", "redirects_to_the_list",
         "test_the_address_that_works_is_found test_the_base_url_is_found_with_and_without_its_version_and_remembered "
         "test_a_redirect_to_the_same_place_is_followed_to_where_the_api_is "
         "test_a_redirect_to_the_same_place_is_followed_and_one_elsewhere_is_not"),
    _row(2, "the list of models is missing or broken", "server_error",
         "test_a_list_that_is_missing_or_broken_is_not_fatal"),
    _row(3, "an error that is a text, not an object", "unauthorized_in_a_word",
         "test_a_failure_is_called_by_its_name_and_quotes_the_server "
         "test_an_error_is_known_however_its_server_writes_it"),
    _row(4, "a bad key is answered by 400 or 500", "key_missing_as_500 key_refused_as_400 no_database",
         "test_where_no_key_was_sent_a_refusal_that_is_no_401_suggests_one "
         "test_where_no_key_was_sent_a_400_or_a_500_may_be_for_want_of_one"),
    _row(5, "health answers everybody, the models only whoever has the key", "unauthorized",
         "test_a_server_that_is_up_but_refuses_the_key_is_said_to_be_up"),
    _row(6, "further fields in the list of models, and missing ones", "",
         "test_each_dialect_is_read test_facts_are_read_and_what_is_missing_or_odd_is_unknown",
         "Lists are data: each server's is given to the reader as it sends it."),
    _row(7, "an unknown model: refused, or answered by another", "unknown_model renamed_model",
         "test_an_unknown_model_comes_with_the_list_of_those_there_are "
         "test_a_model_that_the_real_server_does_not_know_is_answered_by_another"),
    _row(8, "one model under several names", "", "test_a_model_that_is_listed_twice_is_there_once",
         "Lists are data: each server's is given to the reader as it sends it."),
    _row(9, "the answer names the model otherwise", "renamed_model",
         "test_the_model_that_answers_is_named_where_it_is_another test_a_model_that_answers_by_another_name_is_shown"),
    _row(10, "the envelopes of errors", "detail_object error_old_vllm html_page error_field unprocessable",
         f"{FAILED} test_the_reason_is_found_in_every_envelope "
         "test_a_failure_is_called_by_its_name_and_quotes_the_server"),
    _row(11, "unknown parameters are refused",
         "unexpected_fields forbids_extra_fields unsupported_one_at_a_time strict", f"{LEFT_OUT} "
         "test_a_parameter_that_is_refused_is_named_with_the_servers_words"),
    _row(12, "asking for the counts is refused", "refuses_stream_options",
         "test_a_refused_wish_for_counts_is_remembered"),
    _row(13, "the counts come with no choices, or with the finish", "plain_text usage_in_finish usage_in_choice",
         f"{READ} "
         "test_an_answer_is_read_however_it_is_sent"),
    _row(14, "the counts come with every chunk and grow", "usage_on_every_chunk", READ),
    _row(15, "no counts at all", "ignorant only_reasoning", "test_each_ability_is_judged_by_what_came "
         "test_an_answer_is_read_however_it_is_sent"),
    _row(16, "the first delta has no text", "first_deltas",
         "test_the_first_token_is_the_first_text_and_not_the_first_event"),
    _row(17, "empty deltas in the middle", "emoji_in_pieces", "test_deltas_without_text_are_no_pieces"),
    _row(18, "the last text with the finish reason, or before it", "finish_with_text", READ),
    _row(19, "thinking in any of several fields, as text, object or part",
         "reasoning reasoning_content reasoning_details reasoning_parts",
         f"test_an_answer_is_read_however_it_is_sent {READ}"),
    _row(20, "all of the answer is thinking", "only_reasoning", "test_an_answer_is_read_however_it_is_sent"),
    _row(21, "thinking that is not shown", "hidden_reasoning", "test_how_an_answer_ended_is_said_in_words"),
    _row(22, "tags of thinking in the text, cut anywhere, or opened by the template",
         "think_tags think_opened_by_template",
         "test_tags_at_the_start_divide_the_text_however_it_is_cut "
         "test_what_came_before_a_lone_closing_tag_was_thinking_however_it_is_cut "
         "test_an_answer_is_read_however_it_is_sent "
         "test_an_answer_is_read_however_its_server_writes_it"),
    _row(23, "switches for thinking", "refuses_thinking",
         f"test_everything_that_is_set_is_sent_as_it_is_set_and_nothing_else {LEFT_OUT}"),
    _row(24, "finish reasons nobody has heard of, or none", "finish_error cut_off_stream cut_at_limit",
         "test_how_an_answer_ended_is_said_in_words "
         "test_an_answer_is_read_however_it_is_sent"),
    _row(25, "a named tool ends with stop", "tool_named_stops",
         "test_tool_calls_are_told_apart_however_their_server_counts_them"),
    _row(26, "a tool's arguments are no object", "tool_named_stops",
         "test_a_tools_arguments_that_are_no_object_are_shown_as_they_came"),
    _row(27, "the first piece of a call has no arguments", "tool_call_vllm",
         "test_tool_calls_are_told_apart_however_their_server_counts_them"),
    _row(28, "calls without an index", "tool_call_no_index",
         "test_tool_calls_are_told_apart_however_their_server_counts_them"),
    _row(29, "every call has the index 0", "tool_calls_index_zero",
         "test_tool_calls_are_told_apart_however_their_server_counts_them"),
    _row(30, "whole calls, odd arguments and ids", "tool_calls_odd tool_call_whole_json",
         "test_tool_calls_are_told_apart_however_their_server_counts_them"),
    _row(31, "tools are refused, or ignored", "tools_refused ignorant",
         f"{FAILED} test_each_ability_is_judged_by_what_came"),
    _row(32, "likelihoods in two shapes", "logprobs_text logprobs_chat",
         "test_likelihoods_come_in_both_shapes_and_null_where_there_are_none"),
    _row(33, "likelihoods are limited, or left out of thinking", "logprobs_out_of_range logprobs_chat",
         "test_a_value_out_of_range_is_sent_and_its_refusal_explained "
         "test_likelihoods_come_in_both_shapes_and_null_where_there_are_none"),
    _row(34, "the prompt's likelihoods, by number", "prompt_logprobs",
         "test_the_prompts_likelihoods_are_not_taken_for_the_answers"),
    _row(35, "the prompt is repeated in the answer", "logprobs_text",
         "test_likelihoods_come_in_both_shapes_and_null_where_there_are_none"),
    _row(36, "structured output: a bad schema, no effect, white space without end",
         "bad_schema ignorant whitespace_runaway",
         f"{FAILED} test_how_an_answer_ended_is_said_in_words test_each_ability_is_judged_by_what_came"),
    _row(37, "a limit that is too high, or has another name",
         "wants_completion_tokens wants_no_limit refuses_max_tokens",
         "test_a_limit_is_renamed_and_never_left_out test_a_server_that_refuses_the_limit_is_asked_without"),
    _row(38, "the context is too short", "context_too_long context_too_long_llama context_too_long_litellm",
         "test_a_failure_is_called_by_its_name_and_quotes_the_server "
         "test_a_prompt_that_is_too_long_for_the_real_model_is_told_with_both_numbers "
         "test_an_error_is_known_however_its_server_writes_it"),
    _row(39, "a stream was asked for, JSON comes", "whole_json tool_call_whole_json lying_content_type",
         "test_an_answer_is_read_however_it_is_sent "
         "test_tool_calls_are_told_apart_however_their_server_counts_them"),
    _row(40, "a temperature out of range", "temperature_out_of_range",
         "test_a_value_out_of_range_is_sent_and_its_refusal_explained"),
    _row(41, "pictures for a model that takes none", "no_images_400 no_images_500", FAILED),
    _row(42, "parts of a message of many kinds", reason="Messages are text only: nothing else can be attached yet."),
    _row(43, "a template of one's own is refused", "strict", f"{LEFT_OUT} "
         "test_a_parameter_that_is_refused_is_named_with_the_servers_words"),
    _row(44, "a base model without a template", "no_chat_template base_model not_a_chat_model template_not_found",
         "test_the_mode_is_found_out_by_the_refusal_of_the_other_said_and_remembered "
         "test_a_base_model_is_asked_for_a_completion"),
    _row(45, "no system role, or turns that must alternate",
         "system_refused system_refused_as_500 roles_must_alternate wants_developer",
         "test_a_refused_role_is_sent_otherwise_said_and_remembered "
         "test_neighbours_of_one_role_are_merged_where_turns_must_alternate"),
    _row(46, "a kept connection is closed as it is used", "drops_once drops_always",
         "test_a_connection_that_drops_before_any_byte_is_tried_once_more "
         "test_a_kept_connection_that_the_server_closed_is_replaced"),
    _row(47, "comments and empty lines", "comments_and_blanks whole_json", "test_an_answer_is_read_however_it_is_sent"),
    _row(48, "an error within a stream",
         "error_in_stream error_with_text error_in_choice error_old_vllm_in_stream error_event finish_error",
         f"test_what_came_before_a_failure_is_given_first {FAILED}"),
    _row(49, "a stream without its end", "no_done cut_off_stream broken_stream",
         "test_an_answer_is_read_however_it_is_sent test_what_came_before_a_failure_is_given_first"),
    _row(50, "a model that loads, or is scaled to zero", "loading_once scaled_to_zero rate_limited_once unavailable",
         "test_a_wait_says_why_and_how_long_and_what_follows_counts_from_its_end"),
    _row(51, "the Responses API", reason=CHAT_TOO),
    _row(52, "Anthropic's API", reason=CHAT_TOO),
    _row(53, "embeddings: no route, or another encoding", "embeddings_only starts_without_chat no_embeddings",
         "test_an_endpoint_for_something_else_is_found_out_by_trying "
         "test_a_real_server_of_embeddings_is_recognised_and_said_plainly "
         "test_where_both_routes_are_refused_the_first_refusal_is_shown "
         "test_an_error_is_known_however_its_server_writes_it"),
    _row(54, "counting tokens, each server in its own way", reason="No tokens are counted before a request."),
    _row(55, "transcription", "",
         "test_an_endpoint_for_something_else_is_found_out_by_trying "
         "test_the_routes_that_a_server_serves_say_what_it_is_for",
         "Such an endpoint is recognised and said to be no chat; audio is not sent yet."),
    _row(56, "parameters beyond OpenAI's", "able",
         "test_everything_that_is_set_is_sent_as_it_is_set_and_nothing_else test_a_server_is_sent_the_name_it_knows "
         "test_each_ability_is_judged_by_what_came"),
    _row(57, "several answers, mixed", "two_answers", "test_a_second_answer_is_kept_beside_the_first"),
    _row(58, "the developer role", "wants_developer wants_no_instructions",
         "test_a_refused_role_is_sent_otherwise_said_and_remembered"),
    _row(59, "figures of a server under changing names", reason="The page shows no figures of a server yet."),
    _row(60, "adapters loaded while the server runs", reason="Adapters are listed, not loaded."),
    _row(61, "framing: line ends, cuts, packed and long lines",
         "crlf_framing multi_line_data utf8_cut_apart gzip_stream deflate_stream raw_deflate_stream long_line",
         f"test_every_line_end_and_every_cut_give_the_same_events test_a_line_of_eight_megabytes_gets_through {READ}"),
    _row(62, "pictures, speech and ranks from a server", "",
         "test_an_endpoint_for_something_else_is_found_out_by_trying",
         "Such an endpoint is recognised and said to be no chat; what it makes is not asked for."),
)  # fmt: skip
