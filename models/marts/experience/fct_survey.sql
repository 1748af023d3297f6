-- One row per invitation. A score off its scale is kept but never counted (M01 takes 0 to 10 only).
with

survey_responses as (

    select * from {{ ref('stg_survey_responses') }}
    where is_current

),

products as (

    select * from {{ ref('int_product_versions') }}
    where is_current

),

-- Whose the line was then, which need not be whose it is now.
holders as (

    select * from {{ ref('int_product_versions') }}
    where customer_id is not null

),

customer_links as (

    select * from {{ ref('int_customer_links') }}

),

surveys as (

    select
        ---------- keys
        survey_responses.survey_id,
        coalesce(
            customer_links.customer_id, holders.customer_id, products.customer_id,
            survey_responses.customer_id
        ) as customer_id,
        coalesce(products.subscription_id, survey_responses.product_id) as subscription_id,
        survey_responses.interaction_id,

        ---------- attributes
        survey_responses.survey_type,
        case
            when survey_responses.survey_type not in ('nps_relational', 'nps_transactional')
                then null
            when survey_responses.score between 9 and 10 then 'promoter'
            when survey_responses.score between 7 and 8 then 'passive'
            when survey_responses.score between 0 and 6 then 'detractor'
        end as nps_group,

        ---------- numbers
        survey_responses.score,

        ---------- flags
        case survey_responses.survey_type
            when 'csat' then survey_responses.score between 1 and 5
            when 'ces' then survey_responses.score between 1 and 7
            else survey_responses.score between 0 and 10
        end as is_valid_score,

        ---------- times
        survey_responses.invited_at,
        survey_responses.answered_at,

        ---------- lineage
        survey_responses.source_system,
        survey_responses.known_at
    from survey_responses
    left join products
        on survey_responses.product_id = products.product_id
    left join holders
        on
            survey_responses.product_id = holders.product_id
            and {{ holds_at('survey_responses.invited_at', 'holders.valid_from', 'holders.valid_to') }}
    left join customer_links
        on survey_responses.customer_id = customer_links.source_key

)

{{ with_version_keys('surveys', 'invited_at', ['customer', 'subscription']) }}
